import type { AnyValue, LogRow, Span } from '@hanok/contract';
import { expect, it } from 'vitest';
import { decideFaults } from './faults.ts';

const span = (events: Span['events'] = []) => ({ events }) as Span;
const exception = (attributes: Record<string, AnyValue>) => ({ name: 'exception', time: '1', attributes });
function line(id: string, body: string, severityNumber: number, attributes: Record<string, AnyValue> = {}): LogRow {
  return { id, body, severityNumber, attributes } as LogRow;
}
const access = line('access', 'GET /pay 500', 17);
const thrown = { 'exception.type': 'PaymentError', 'exception.message': 'declined', 'exception.stacktrace': 'at pay' };

const messages = (...given: Parameters<typeof decideFaults>) =>
  decideFaults(...given).shown.map(({ fault }) => fault.message);

it('puts the exception of a log before the access line that came first', () => {
  const { shown, rest } = decideFaults(span(), [access, line('x', 'pay failed', 17, thrown)]);
  expect(shown).toHaveLength(1);
  expect(shown[0]?.fault).toEqual({ type: 'PaymentError', message: 'pay failed\ndeclined', stack: 'at pay' });
  expect(shown[0]?.row?.id).toBe('x');
  expect(rest).toBe(1);
});

it('tells an exception of the span once, although a log tells it too', () => {
  const { shown, rest } = decideFaults(span([exception(thrown)]), [line('x', 'pay failed', 17, thrown), access]);
  expect(shown.map(({ fault, row }) => [fault.message, row])).toEqual([['declined', undefined]]);
  expect(rest).toBe(1);
});

it('tells an exception that was logged below error, and others beside the span’s own', () => {
  const other = { 'exception.type': 'Timeout', 'exception.message': 'db' };
  expect(messages(span(), [line('x', '', 13, other)])).toEqual(['db']);
  expect(messages(span([exception(thrown)]), [line('x', '', 17, other)])).toEqual(['declined', 'db']);
});

it('without an exception tells the most severe line, of several the first', () => {
  const rows = [line('a', 'connection lost', 17), access, line('w', 'slow', 13)];
  expect(decideFaults(span(), rows)).toMatchObject({ shown: [{ fault: { message: 'connection lost' } }], rest: 1 });
  expect(messages(span(), [...rows, line('f', 'giving up', 21)])).toEqual(['giving up']);
  expect(decideFaults(span(), [])).toEqual({ shown: [], rest: 0 });
});

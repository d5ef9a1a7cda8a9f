import type { Span } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { exceptionsOf, faultOf, statementOf, summaryOf } from './summary.ts';

function span(change: Partial<Span>): Span {
  return {
    traceId: '0'.repeat(32),
    spanId: '0'.repeat(16),
    parentSpanId: '',
    name: 'work',
    kind: 'internal',
    startTime: '0',
    endTime: '1',
    duration: 1,
    statusCode: 'unset',
    flags: 0,
    serviceName: 's',
    environment: '',
    hostName: '',
    businessId: '',
    attributes: {},
    events: [],
    links: [],
    resource: { attributes: {} } as Span['resource'],
    ...change,
  };
}

describe('summaryOf', () => {
  it.each([
    ['SELECT', { 'db.query.text': 'SELECT *\n  FROM  orders' }, 'SELECT * FROM orders'],
    ['SELECT', { 'db.statement': 'old', 'db.query.text': 'new' }, 'new'],
    ['GET', { 'http.request.method': 'GET', 'url.full': 'http://a/b' }, 'http://a/b'],
    ['call', { 'http.method': 'POST', 'http.target': '/pay' }, 'POST /pay'],
    ['GET /pay', { 'http.method': 'GET', 'http.target': '/pay' }, ''],
    ['publish', { 'messaging.destination.name': 'orders' }, 'orders'],
    ['orders publish', { 'messaging.destination.name': 'orders' }, ''],
    ['work', {}, ''],
    ['work', { 'db.query.text': null }, ''],
  ])('%s with %o is %j', (name, attributes, summary) => expect(summaryOf(span({ name, attributes }))).toBe(summary));

  it('keeps the lines of a statement', () =>
    expect(statementOf(span({ attributes: { 'db.query.text': 'SELECT 1\nFROM a' } }))).toBe('SELECT 1\nFROM a'));
});

describe('faultOf', () => {
  const event = (attributes: Span['attributes']) => ({ name: 'exception', time: '0', attributes });
  it('is the last exception, else the status message of a failure', () => {
    const failed = span({ statusCode: 'error', statusMessage: 'timed out' });
    expect(faultOf(failed)).toBe('timed out');
    expect(faultOf({ ...failed, events: [event({}), event({ 'exception.type': 'TypeError' })] })).toBe('TypeError');
    expect(faultOf({ ...failed, events: [event({ 'exception.type': 'E', 'exception.message': 'a\nb' })] })).toBe(
      'E: a b',
    );
    expect(faultOf(span({ statusMessage: 'fine' }))).toBe('');
  });
  it('lists all exceptions', () =>
    expect(exceptionsOf(span({ events: [event({ 'exception.stacktrace': 'at x' }), event({})] }))).toEqual([
      { id: '0 0', type: '', message: '', stack: 'at x' },
      { id: '0 1', type: '', message: '', stack: '' },
    ]));
});

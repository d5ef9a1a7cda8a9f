import type { AnyValue, LogRow } from '@hanok/contract';
import { anyValueText } from '../format/any-value.ts';

export interface Fault {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

/** The exception that attributes tell of (semantic conventions: `exception.*`), of a span's event or of a log line. */
export function exceptionIn(attributes: Readonly<Record<string, AnyValue>>): Fault | undefined {
  const text = (key: string) => {
    const value = attributes[key];
    return value === undefined || value === null ? '' : anyValueText(value);
  };
  const fault = {
    type: text('exception.type'),
    message: text('exception.message'),
    stack: text('exception.stacktrace'),
  };
  return fault.type || fault.message || fault.stack ? fault : undefined;
}

/** The same of a log line, whose own text stands first where it says something else than the exception. */
export function exceptionOfLog(row: Pick<LogRow, 'attributes' | 'body'>): Fault | undefined {
  const fault = exceptionIn(row.attributes);
  if (!fault) return undefined;
  const body = anyValueText(row.body).trim();
  const said = body === '' || fault.message.includes(body) || fault.stack.includes(body);
  if (said) return fault;
  return { ...fault, message: body.includes(fault.message) ? body : `${body}\n${fault.message}` };
}

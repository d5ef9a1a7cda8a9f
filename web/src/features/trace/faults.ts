import type { LogRow, Span } from '@hanok/contract';
import { anyValueText } from '../../format/any-value.ts';
import { exceptionOfLog, type Fault } from '../../kit/exception-of.ts';
import { exceptionsOf } from './summary.ts';

/** Numbers from here on are errors (logs data model, SeverityNumber). */
export const ERROR_SEVERITY = 17;

/** A fault as it is shown: the span's own, or of a log line. */
export interface Told {
  readonly id: string;
  readonly fault: Fault;
  readonly row?: LogRow;
}

/**
 * Why a span failed, from its events and the lines that its logs have at error and above or with an exception: the
 * exceptions it recorded, then those that only its logs have; without any, the most severe line, of several the first,
 * since what comes after it is often only the request's own access line. `rest` are error lines not shown.
 */
export function decideFaults(
  span: Span,
  rows: readonly LogRow[],
): { readonly shown: readonly Told[]; readonly rest: number } {
  const shown: Told[] = exceptionsOf(span).map(({ id, ...fault }) => ({ id, fault }));
  const keyOf = (fault: Fault) => fault.stack || `${fault.type} ${fault.message}`;
  const told = new Set(shown.flatMap(({ fault }) => [keyOf(fault), fault.message]));
  const others: LogRow[] = [];
  rows.forEach((row, n) => {
    const fault = exceptionOfLog(row);
    if (!fault) {
      if (!told.has(anyValueText(row.body))) others.push(row);
      return;
    }
    const own = exceptionKey(row);
    if (told.has(own) || told.has(keyOf(fault))) return;
    told.add(own);
    shown.push({ id: `${row.id} ${n}`, fault, row });
  });
  const errors = others.filter((row) => row.severityNumber >= ERROR_SEVERITY);
  if (shown.length > 0) return { shown, rest: errors.length };
  const worst = errors.reduce<LogRow | undefined>(
    (most, row) => (most === undefined || row.severityNumber > most.severityNumber ? row : most),
    undefined,
  );
  if (!worst) return { shown, rest: 0 };
  const fault = { type: '', message: anyValueText(worst.body), stack: '' };
  return { shown: [{ id: worst.id, fault, row: worst }], rest: errors.length - 1 };
}

/** What tells an exception from others, without what the line around it says. */
function exceptionKey({ attributes }: LogRow): string {
  const fault = exceptionOfLog({ attributes, body: '' });
  return fault ? fault.stack || `${fault.type} ${fault.message}` : '';
}

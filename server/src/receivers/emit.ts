import type { TenantId } from '@hanok/contract';
import { isHanokError } from '#base';
import type { ReceiversDeps } from './deps.ts';
import { fail } from './errors.ts';
import type { Sender } from './intake.ts';
import type { DecodePool } from './workers/pool.ts';

/** A log record that Hanok itself makes. */
export interface EmittedLog {
  /** Unix nanoseconds. */
  readonly time: bigint;
  readonly severity: 'info' | 'warn' | 'error';
  /** The event's name, `hanok.` first. */
  readonly event: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** What can be emitted, by signal. */
export interface Emitted {
  readonly logs: EmittedLog;
}

/**
 * Appends records of our own to the journal of a tenant, as the same batches that the ports make. Resolves when they are
 * durable; rejects with a retryable error of kind `world`, and nothing is kept, when the journal takes nothing now.
 * They cost the tenant no tokens.
 */
export type Emit = <S extends keyof Emitted>(
  sender: Sender,
  signal: S,
  records: ReadonlyArray<Emitted[S]>,
) => Promise<void>;

/** SeverityNumber of INFO, WARN and ERROR. */
const SEVERITY: Readonly<Record<EmittedLog['severity'], number>> = { info: 9, warn: 13, error: 17 };

export function openEmit(
  deps: Pick<ReceiversDeps, 'clock' | 'sinkFor' | 'ledgers'>,
  pool: Pick<DecodePool, 'decode' | 'buffers'>,
): Emit {
  return async ({ caller, retentionDays }, signal, records) => {
    if (records.length === 0) return;
    const sink = deps.sinkFor(caller);
    const admission = sink.canAccept();
    if (!admission.open) throw fail('receivers.not-stored', admission.message, { retryAfter: admission.retryAfter });
    const text = Buffer.from(logsRequest(records));
    const bytes = pool.buffers.take(text.length);
    text.copy(bytes);
    const arrival = deps.clock.nanos();
    const tenant: TenantId = caller.tenant;
    const ledger = deps.ledgers?.of(tenant, arrival);
    const decoding = await pool.decode({
      signal,
      encoding: 'json',
      coding: 'identity',
      bytes,
      context: { tenant, arrival, retentionDays, epoch: sink.epoch, ...(ledger && { ledger }) },
    });
    if (!decoding.batch) return;
    try {
      await sink.append(decoding.batch);
    } catch (cause) {
      if (isHanokError(cause) && cause.retry) throw cause;
      throw fail('receivers.not-stored', 'the data could not be made durable', { cause });
    }
    decoding.confirm();
  };
}

const anyValue = (value: string | number | boolean) =>
  typeof value === 'string'
    ? { stringValue: value }
    : typeof value === 'boolean'
      ? { boolValue: value }
      : Number.isSafeInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value };

/** `ExportLogsServiceRequest` in OTLP's JSON. */
function logsRequest(records: readonly EmittedLog[]): string {
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'hanok' } }] },
        scopeLogs: [
          {
            scope: { name: 'hanok' },
            logRecords: records.map(({ time, severity, event, body, attributes }) => ({
              timeUnixNano: String(time),
              severityNumber: SEVERITY[severity],
              severityText: severity.toUpperCase(),
              eventName: event,
              body: { stringValue: body },
              attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) })),
            })),
          },
        ],
      },
    ],
  });
}

import type { Mark, Signal, TenantId } from '@hanok/contract';
import type { ErrorValues } from './errors.ts';

/** What a receiver tells of one request: what came, or why it was turned away. A line of the ingest activity. */
export interface IngestReport {
  /** Unix milliseconds. */
  readonly at: number;
  /** Whose request it was. Null when that was not known before it was refused; such a line is for operators only. */
  readonly tenant: TenantId | null;
  readonly signal: Signal | null;
  readonly protocol: 'otlp-http' | 'otlp-grpc';
  readonly outcome: 'accepted' | 'partial' | 'refused';
  readonly code: string | null;
  /** The case of the code and what the message names. */
  readonly reason?: string | undefined;
  readonly values?: ErrorValues | undefined;
  readonly message: string | null;
  readonly fix: string | null;
  /** Stored; rejected ones are counted beside. */
  readonly records: number;
  /** Bytes of the body as it came over the wire. */
  readonly bytes: number;
  readonly rejected: number;
  readonly remote: string;
  readonly userAgent: string;
  readonly service: string | null;
  /** Records stored with each mark; what was cut, moved or repaired is shown to its tenant. */
  readonly marks?: Readonly<Partial<Record<Mark, number>>> | undefined;
}

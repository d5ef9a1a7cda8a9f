import type { Mark, Signal, TenantId } from '@hanok/contract';
import type { Admission, Caller, Clock, Connections, ErrorValues, HanokError, Log, Meter, Sink } from '#base';
import type { Ledgers } from './cardinality/ledgers.ts';

/** Value of a request header or gRPC metadata entry by its lower-case name; repeated ones are joined with a comma. */
export type HeaderGetter = (name: string) => string | undefined;

export type Authorisation =
  | { readonly ok: true; readonly caller: Caller; readonly retentionDays: RetentionDays }
  | { readonly ok: false; readonly error: HanokError };

export interface RetentionDays {
  readonly logs: number;
  readonly traces: number;
  readonly metrics: number;
}

/** One line of the ingest-activity strip: what came, or why it was turned away. */
export interface IngestReport {
  /** Unix milliseconds. */
  readonly at: number;
  /** Null when the request was refused before its tenant was known; for operators only. */
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
  readonly marks?: Readonly<Partial<Record<Mark, number>>>;
}

export interface ReceiversDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Address to listen on. */
  readonly bind: string;
  /** Guards for the ports `otlp-http` and `otlp-grpc`. */
  readonly connections: Pick<Connections, 'guard'>;
  /** From an in-memory snapshot: called for every request, before its body is read. */
  readonly authorize: (header: HeaderGetter, remote: string) => Authorisation;
  /** The journal of the store in which the caller's tenant lives. */
  readonly sinkFor: (caller: Caller) => Sink;
  /** Takes records and (inflated) bytes from the tenant's buckets before the body is read, by an estimate, or refuses. */
  readonly spend: (caller: Caller, records: number, bytes: number) => Admission;
  /** Corrects the estimate once the cost is known: more, into debt if need be, or negative figures back. */
  readonly settle: (caller: Caller, records: number, bytes: number) => void;
  readonly report: (event: IngestReport) => void;
  /** What tenants brought today, against their limits. Absent in tests: then each decoder counts by itself. */
  readonly ledgers?: Pick<Ledgers, 'of' | 'note'>;
}

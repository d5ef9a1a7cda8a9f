import type { TenantId } from '@hanok/contract';
import type { Admission, Caller, Clock, Connections, HanokError, IngestReport, Log, Meter, Sink } from '#base';
import type { Ledgers } from './cardinality/ledgers.ts';

/** Value of a request header or gRPC metadata entry by its lower-case name; repeated ones are joined with a comma. */
export type HeaderGetter = (name: string) => string | undefined;

export type Authorisation =
  | { readonly ok: true; readonly caller: Caller; readonly retentionDays: RetentionDays }
  /** `tenant`: whose credential it was, when that much is known. */
  | {
      readonly ok: false;
      readonly error: HanokError;
      readonly tenant: TenantId | null;
      /** What that tenant is told, where it may know more than the sender. */
      readonly told?: HanokError;
    };

export interface RetentionDays {
  readonly logs: number;
  readonly traces: number;
  readonly metrics: number;
}

export interface ReceiversDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Address to listen on. */
  readonly bind: string;
  /** Guards for the ports `otlp-http` and `otlp-grpc`. */
  readonly connections: Pick<Connections, 'guard'>;
  /** Called for every request, before its body is read: from memory, except for a token that is seen first. */
  readonly authorize: (header: HeaderGetter, remote: string) => Authorisation | Promise<Authorisation>;
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

import type { TenantId } from '@hanok/contract';

/** What is known of a request besides its bytes. */
export interface IntakeContext {
  /** The credential's tenant. Every row gets it, whatever the sender claims. */
  readonly tenant: TenantId;
  /** Unix nanoseconds. */
  readonly arrival: bigint;
  readonly retentionDays: { readonly logs: number; readonly traces: number; readonly metrics: number };
  /** The epoch of the journal that will take the batch (`Sink.epoch`): what was stored in another epoch is stored again. */
  readonly epoch: string;
  /**
   * The tenant's `Ledger` of the day of arrival, shared by all threads. Absent: the decoder counts by itself, in tests and
   * benchmarks.
   */
  readonly ledger?: SharedArrayBuffer;
  /** A tenant named outside the records (by a proxy, for example) that differs from the credential's. */
  readonly claimedBusinessId?: string;
}

import { hash } from 'node:crypto';

/**
 * The audit log as hash chains: one per tenant, under the tenant's id, and one of the operators. The hash of entry n of
 * a chain is SHA-256 (lower-case hex) over the UTF-8 text
 *
 *   hash(n-1) LF JSON([chain, seq, at, actor, remote, tenant, action, target, outcome, reason, request_id, before, after, detail])
 *
 * where `before`, `after` and `detail` are the JSON texts that are stored, or null. Before the first entry stands the last
 * hash of the chain of the whole instance, which was kept before there was one per tenant (`FIRST_CHAIN`); 64 zeros when
 * that one is empty. Entries of `FIRST_CHAIN` are hashed as they were when they were written:
 *
 *   hash(n-1) LF JSON([seq, at, actor, tenant, action, target, outcome, detail])
 *
 * So a changed, removed, inserted or exchanged entry breaks its chain at that place; a cut-off end and a chain that was
 * made anew from some entry on show against the heads that others remember (`Witness`).
 */
export interface AuditRecord {
  readonly chain: string;
  /** 1 for a chain's first entry, without gaps. */
  readonly seq: number | bigint;
  /** Unix milliseconds. */
  readonly at: number | bigint;
  readonly actor: string;
  /** The address the request came from; empty for what the instance does by itself. */
  readonly remote: string;
  /** The tenant that the act concerns. */
  readonly tenant: string | null;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly request_id: string | null;
  /** JSON texts of objects. */
  readonly before: string | null;
  readonly after: string | null;
  readonly detail: string;
}

export interface ChainedRecord extends AuditRecord {
  readonly hash: string;
}

export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** No tenant's id begins with such a sign. */
export const OPERATORS_CHAIN = '@operators';
/** Closed: the one chain of the instance from before there was one per tenant. */
export const FIRST_CHAIN = '@first';

export const GENESIS = '0'.repeat(64);

/** As `JSON.stringify`, with 64-bit integers in all their digits. */
export const exactList = (values: ReadonlyArray<string | number | bigint | null>): string =>
  `[${values.map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value))).join(',')}]`;

export function recordHash(previous: string, record: AuditRecord): string {
  const { chain, seq, at, actor, remote, tenant, action, target, outcome, detail } = record;
  const { reason, request_id, before, after } = record;
  const told =
    chain === FIRST_CHAIN
      ? [seq, at, actor, tenant, action, target, outcome, detail]
      : [chain, seq, at, actor, remote, tenant, action, target, outcome, reason, request_id, before, after, detail];
  return hash('sha256', `${previous}\n${exactList(told)}`);
}

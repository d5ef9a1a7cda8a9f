import { hash } from 'node:crypto';
import type { AuditVerifyResponse } from '@hanok/contract';

/**
 * The audit log as a hash chain: row n's hash is SHA-256 (lower-case hex) over the UTF-8 text
 *
 *   hash(n-1) LF JSON([seq, at, actor, tenant, action, target, outcome, detail])
 *
 * with `detail` as the JSON text that is stored, and 64 zeros before the first row. So a changed, removed, inserted
 * or reordered row breaks the chain at that place; a cut-off end shows against the head kept elsewhere.
 */
export interface AuditRecord {
  /** 1 for the first row, without gaps. */
  readonly seq: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly actor: string;
  readonly tenant: string | null;
  readonly action: string;
  readonly target: string;
  readonly outcome: 'ok' | 'denied' | 'failed';
  /** JSON text of an object. */
  readonly detail: string;
}

export interface ChainedRecord extends AuditRecord {
  readonly hash: string;
}

export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export const GENESIS = '0'.repeat(64);

export function chainHash(previous: string, record: AuditRecord): string {
  const { seq, at, actor, tenant, action, target, outcome, detail } = record;
  return hash('sha256', `${previous}\n${JSON.stringify([seq, at, actor, tenant, action, target, outcome, detail])}`);
}

/** A head somebody else remembers: the row of that number must be there with that hash. */
export interface Witness {
  readonly head: ChainHead;
  /** Who remembers it: the table's own anchor, the running program, or who asks. */
  readonly where: 'anchor' | 'program' | 'given';
}

export type Finding = NonNullable<AuditVerifyResponse['broken']>;

const WITNESSES: Readonly<Record<Witness['where'], string>> = {
  anchor: 'the anchor',
  program: 'the running program',
  given: 'the given head',
};

/** Feeds rows in order; says where the chain breaks first. */
export class ChainCheck {
  readonly #witnesses: readonly Witness[];
  head: ChainHead = { seq: 0, hash: GENESIS };
  rows = 0;
  broken: Finding | null = null;

  constructor(witnesses: readonly Witness[] = []) {
    this.#witnesses = witnesses;
  }

  take(row: ChainedRecord): void {
    this.rows++;
    const { seq, hash: found } = row;
    if (!this.broken) {
      const expected = this.head.seq + 1;
      if (seq !== expected)
        this.broken = {
          seq: expected,
          code: 'missing',
          values: { found: seq },
          reason: `row ${expected} is missing or out of place; row ${seq} follows`,
        };
      else if (chainHash(this.head.hash, row) !== found)
        this.broken = {
          seq,
          code: 'changed',
          values: {},
          reason: 'this row or the link to the one before it was changed: the hash does not fit',
        };
      else
        for (const { head, where } of this.#witnesses)
          if (head.seq === seq && head.hash !== found)
            this.broken ??= {
              seq,
              code: 'rewritten',
              values: { witness: where },
              reason: `the row is not the one ${WITNESSES[where]} remembers: the log was rewritten`,
            };
    }
    this.head = { seq, hash: found };
  }

  /** After the last row. */
  end(): void {
    for (const { head, where } of this.#witnesses)
      if (head.seq > this.head.seq)
        this.broken ??= {
          seq: this.head.seq + 1,
          code: 'cut-off',
          values: { witness: where, row: head.seq },
          reason: `the end was cut off: ${WITNESSES[where]} remembers row ${head.seq}`,
        };
  }
}

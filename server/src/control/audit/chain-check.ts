import type { AuditVerifyResponse } from '@hanok/contract';
import { type ChainedRecord, type ChainHead, recordHash } from './chain.ts';
import { judgeCheckpoint, type SignedCheckpoint } from './checkpoint.ts';

export type Finding = NonNullable<AuditVerifyResponse['broken']>;
type Where = NonNullable<Finding['values']['witness']>;

/** A head that somebody remembers: the entry of that number must be there with that hash. */
export interface Witness {
  readonly seq: number | bigint;
  readonly hash: string;
  readonly where: Where;
}

const WITNESSES: Readonly<Record<Where, string>> = {
  anchor: 'the anchor in the database',
  program: 'the running program',
  given: 'the given head',
  checkpoint: 'a signed checkpoint',
  file: 'the file of checkpoints in the data directory',
};

export interface Known {
  readonly chain: string;
  /** Public keys (PEM) by id that checkpoints may be signed with. */
  readonly keys: ReadonlyMap<string, string>;
  /** What stands before the first entry; see `chain.ts`. */
  readonly genesis: string;
  /** The chain's checkpoints as the database has them. */
  readonly checkpoints: readonly SignedCheckpoint[];
  /** Those that were noted outside the database. */
  readonly noted: readonly SignedCheckpoint[];
  readonly witnesses: readonly Witness[];
}

const idOf = ({ seq, at, key }: SignedCheckpoint): string => `${seq} ${at} ${key}`;

/** Feeds the entries of one chain in order; says where it breaks first. */
export class ChainCheck {
  readonly #chain: string;
  readonly #witnesses = new Map<bigint, Witness[]>();
  /** What is wrong with the checkpoints; told when the entries themselves are whole. */
  #checkpoints: Finding | null = null;
  #previous: string | undefined;
  #last: bigint;
  broken: Finding | null = null;
  rows = 0;
  /** Good ones. */
  readonly checkpoints: number;
  #hash: string;

  constructor(known: Known) {
    this.#chain = known.chain;
    for (const witness of known.witnesses) this.#remember(witness);
    const good = this.#judge(known.checkpoints, known.keys, 'checkpoint');
    const noted = this.#judge(known.noted, known.keys, 'file');
    this.checkpoints = good.length;
    // Only what was signed says that entries were removed rightly: the greatest `kept` is where the chain begins now.
    const kept = [...good, ...noted].reduce((most, { kept }) => (BigInt(kept) > most ? BigInt(kept) : most), 1n);
    this.#last = kept - 1n;
    this.#previous =
      kept === 1n ? known.genesis : [...good, ...noted].find(({ seq }) => BigInt(seq) === kept - 1n)?.hash;
    this.#hash = this.#previous ?? '';
    if (this.#previous === undefined)
      this.broken = this.#finding(
        kept - 1n,
        'checkpoint-gone',
        {},
        'the checkpoint that the kept entries begin at is gone',
      );
    const stored = new Set(known.checkpoints.map(idOf));
    const gone = noted.find((one) => BigInt(one.seq) >= kept && !stored.has(idOf(one)));
    if (gone)
      this.#checkpoints ??= this.#finding(
        BigInt(gone.seq),
        'checkpoint-gone',
        { witness: 'file' },
        'the database no longer has a checkpoint that the file in the data directory has',
      );
  }

  get head(): ChainHead {
    return { seq: Number(this.#last), hash: this.#hash };
  }

  /** What was found, after `end`. */
  verdict(): AuditVerifyResponse {
    return {
      ok: this.broken === null,
      chain: this.#chain,
      rows: this.rows,
      checkpoints: this.checkpoints,
      head: this.head,
      broken: this.broken,
    };
  }

  take(row: ChainedRecord): void {
    this.rows++;
    const seq = BigInt(row.seq);
    if (!this.broken) {
      const expected = this.#last + 1n;
      if (seq !== expected)
        // Where a chain begins is said by a checkpoint: one that is not trusted comes first.
        this.broken =
          (this.rows === 1 ? this.#checkpoints : null) ??
          this.#finding(
            expected,
            'missing',
            { found: String(seq) },
            `entry ${expected} is missing or out of place; entry ${seq} follows`,
          );
      else if (recordHash(this.#previous ?? '', row) !== row.hash)
        this.broken = this.#finding(
          seq,
          'changed',
          {},
          'this entry or the link to the one before it was changed: the hash does not fit',
        );
      else
        for (const witness of this.#witnesses.get(seq) ?? [])
          if (witness.hash !== row.hash)
            this.broken ??= this.#finding(
              seq,
              'rewritten',
              { witness: witness.where },
              `the entry is not the one that ${WITNESSES[witness.where]} remembers: the log was rewritten`,
            );
    }
    this.#last = seq;
    this.#previous = row.hash;
    this.#hash = row.hash;
  }

  /** After the last entry. */
  end(): void {
    for (const [seq, [witness]] of this.#witnesses)
      if (seq > this.#last && witness)
        this.broken ??= this.#finding(
          this.#last + 1n,
          'cut-off',
          { witness: witness.where, row: Number(seq) },
          `the end was cut off: ${WITNESSES[witness.where]} remembers entry ${seq}`,
        );
    this.broken ??= this.#checkpoints;
  }

  /** Whatever else is wrong with the chain; the first finding stays. */
  note(code: Finding['code'], reason: string): void {
    this.broken ??= this.#finding(this.#last, code, {}, reason);
  }

  #judge(
    checkpoints: readonly SignedCheckpoint[],
    keys: ReadonlyMap<string, string>,
    where: 'checkpoint' | 'file',
  ): readonly SignedCheckpoint[] {
    return checkpoints.filter((checkpoint) => {
      const judged = judgeCheckpoint(checkpoint, keys);
      const seq = BigInt(checkpoint.seq);
      if (judged === 'good') {
        this.#remember({ seq, hash: checkpoint.hash, where });
        return true;
      }
      this.#checkpoints ??= this.#finding(
        seq,
        judged,
        { witness: where },
        judged === 'forged-checkpoint'
          ? `the signature of a checkpoint at entry ${seq} (${WITNESSES[where]}) is not one of its key`
          : `a checkpoint at entry ${seq} (${WITNESSES[where]}) is signed with a key that is not known: ${checkpoint.key}`,
      );
      return false;
    });
  }

  #remember(witness: Witness): void {
    const seq = BigInt(witness.seq);
    const known = this.#witnesses.get(seq);
    if (known) known.push(witness);
    else this.#witnesses.set(seq, [witness]);
  }

  #finding(seq: bigint, code: Finding['code'], values: Finding['values'], reason: string): Finding {
    return { chain: this.#chain, seq: Number(seq), code, values, reason };
  }
}

import type { Interner } from '#base';
import { HalfSipHash } from './half-sip-hash.ts';
import { COUNTED, type Counted, Ledger } from './ledger.ts';
import type { LimitTally } from './limit-tally.ts';

/** Verdicts remembered; a tenant's names in use fit many times over. A power of two. */
const REMEMBERED = 1 << 13;
/** Words of an entry: generation, kind and verdict, name, service. */
const WORDS = 4;
/** Ledgers known at a time; forgetting them costs asking again. */
const MOST_TENANTS = 4_096;

const KINDS = Object.fromEntries(COUNTED.map((counted, i) => [counted, i])) as Readonly<Record<Counted, number>>;
const NOTHING = new DataView(new ArrayBuffer(0));

interface Known {
  readonly ledger: Ledger;
  readonly hash: HalfSipHash;
  /** Names the tenant, its day and the interner's present ids; no verdict outlives one of them. */
  readonly generation: number;
}

/**
 * Asks a tenant's ledger about names and ids, and remembers what it said: a name costs a look into a table once it was
 * seen, not a hash. One per thread; the ledger behind it is shared.
 */
export class NameGate {
  readonly #interner: Interner;
  readonly #tally: LimitTally;
  readonly #remembered = new Uint32Array(REMEMBERED * WORDS);
  readonly #known = new Map<number, Known>();
  #generations = 0;
  #generation = 0;
  #ledger: Ledger | undefined;
  #hash = new HalfSipHash(0, 0);

  constructor(interner: Interner, tally: LimitTally) {
    this.#interner = interner;
    this.#tally = tally;
  }

  /** Ids of the interner mean something else from now on. */
  forget(): void {
    this.#known.clear();
  }

  /** @param buffer the ledger's; the same day's is opened once */
  begin(tenant: number, buffer: SharedArrayBuffer): void {
    let known = this.#known.get(tenant);
    // A buffer that came by message is another object each time; the day tells whether it is the same memory.
    if (!known || known.ledger.day !== new Int32Array(buffer, 0, 1)[0]) {
      const ledger = new Ledger(buffer);
      if (this.#known.size >= MOST_TENANTS) this.#known.clear();
      known = { ledger, hash: new HalfSipHash(...ledger.key), generation: ++this.#generations };
      this.#known.set(tenant, known);
    }
    this.#ledger = known.ledger;
    this.#hash = known.hash;
    this.#generation = known.generation;
  }

  /** Whether a name may be counted by itself. Refusals are tallied. */
  name(counted: Counted, name: number, times = 1): boolean {
    const kind = KINDS[counted];
    const at = this.#placeOf(kind, name, 0);
    const held = this.#heldAt(at, kind, name, 0);
    const admitted = held < 0 ? this.#remember(at, kind, name, 0, this.#askName(kind, name)) : held === 1;
    if (!admitted) this.#tally.add(counted, times, name);
    return admitted;
  }

  operation(service: number, name: number): boolean {
    const kind = KINDS.operations;
    const at = this.#placeOf(kind, name, service);
    const held = this.#heldAt(at, kind, name, service);
    const admitted = held < 0 ? this.#remember(at, kind, name, service, this.#askOperation(service, name)) : held === 1;
    if (!admitted) this.#tally.add('operations', 1, name, service);
    return admitted;
  }

  /** Whether a row with this id may be written. `day` when it is written once a day. Refusals are the caller's to tally. */
  id(counted: Counted, low: number, high: number, day: number): boolean {
    const hash = this.#hash;
    hash.begin();
    hash.word(KINDS[counted]);
    hash.word(low);
    hash.word(high);
    hash.word(day);
    hash.finish(NOTHING, 0, 0);
    return this.#ledger!.admits(KINDS[counted], hash.low, hash.high);
  }

  limit(counted: Counted): number {
    return counted === 'operations' ? this.#ledger!.perService : this.#ledger!.limit(counted);
  }

  #askName(kind: number, name: number): boolean {
    this.#hashOf(kind, name);
    return this.#ledger!.admits(kind, this.#hash.low, this.#hash.high);
  }

  #askOperation(service: number, name: number): boolean {
    this.#hashOf(KINDS.services, service);
    const { low, high } = this.#hash;
    const hash = this.#hash;
    hash.begin();
    hash.word(KINDS.operations);
    hash.word(low);
    hash.word(high);
    hash.finish(this.#interner.arenaView, this.#interner.starts[name]!, this.#interner.ends[name]!);
    return this.#ledger!.admitsOperation(low, hash.low, hash.high);
  }

  #hashOf(kind: number, name: number): void {
    const hash = this.#hash;
    hash.begin();
    hash.word(kind);
    hash.finish(this.#interner.arenaView, this.#interner.starts[name]!, this.#interner.ends[name]!);
  }

  #placeOf(kind: number, name: number, service: number): number {
    const mixed = Math.imul(
      Math.imul(name ^ (kind << 28), 0x9e3779b1) ^ service ^ (this.#generation << 16),
      0x85ebca6b,
    );
    return ((mixed ^ (mixed >>> 15)) & (REMEMBERED - 1)) * WORDS;
  }

  /** 1 admitted, 0 refused, -1 not known. */
  #heldAt(at: number, kind: number, name: number, service: number): number {
    const held = this.#remembered;
    const verdict = held[at + 1]!;
    const same =
      held[at] === this.#generation && verdict >>> 1 === kind && held[at + 2] === name && held[at + 3] === service;
    return same ? verdict & 1 : -1;
  }

  #remember(at: number, kind: number, name: number, service: number, admitted: boolean): boolean {
    const held = this.#remembered;
    held[at] = this.#generation;
    held[at + 1] = (kind << 1) | (admitted ? 1 : 0);
    held[at + 2] = name;
    held[at + 3] = service;
    return admitted;
  }
}

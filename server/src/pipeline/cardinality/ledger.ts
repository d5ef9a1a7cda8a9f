import { COUNTED, type Counted } from '@hanok/contract';
import type { IntakeLimits } from '../config.ts';
import { type Admitted, FULL, KNOWN, planSet, type SetPlan, SharedSet } from './shared-set.ts';

export { COUNTED, type Counted };

/** The most of each that one tenant may have in a day; `perService`: operations of one service. */
export interface CardinalityLimits extends Readonly<Record<Counted, number>> {
  readonly perService: number;
}

export function cardinalityLimits(limits: IntakeLimits): CardinalityLimits {
  return {
    services: limits.maxServices,
    metrics: limits.maxMetrics,
    series: limits.maxNewSeries,
    resources: limits.maxResources,
    scopes: limits.maxScopes,
    'keys-logs': limits.maxKeys,
    'keys-traces': limits.maxKeys,
    'keys-metrics': limits.maxKeys,
    operations: limits.maxOperationsOfAll,
    perService: limits.maxOperations,
  };
}

/** Words of the header: day, changes, two words of the key, then the limits in the order of `COUNTED`, then `perService`. */
const DAY = 0;
const CHANGES = 1;
const KEY = 2;
const LIMITS = 4;
const HEADER = LIMITS + COUNTED.length + 1;

interface Plan {
  readonly sets: readonly SetPlan[];
  readonly at: readonly number[];
  /** Place of the table of services and the number of its slots, a power of two. */
  readonly servicesAt: number;
  readonly services: number;
  readonly words: number;
}

function planOf(limits: readonly number[]): Plan {
  const sets = limits.slice(0, COUNTED.length).map(planSet);
  let words = HEADER;
  const at = sets.map((set) => {
    const place = words;
    words += set.words;
    return place;
  });
  // Twice as many slots as services, so that a walk finds a free one soon.
  const services = 2 ** Math.ceil(Math.log2(limits[0]! * 2 + 2));
  return { sets, at, servicesAt: words, services, words: words + services * 2 };
}

/**
 * What one tenant has brought in one day (UTC, of arrival), in memory that all decode threads share, so that a limit holds
 * for all of them together. Only `Ledger.make` gives it its size; everybody else opens what was made.
 */
export class Ledger {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #sets: readonly SharedSet[];
  readonly #servicesAt: number;
  readonly #services: number;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    const plan = planOf([...this.#words.subarray(LIMITS, HEADER)]);
    this.#sets = plan.sets.map(
      (set, i) => new SharedSet(this.#words.subarray(plan.at[i]!, plan.at[i]! + set.words), set),
    );
    this.#servicesAt = plan.servicesAt;
    this.#services = plan.services;
  }

  /** @param key two words that senders do not know; see `HalfSipHash` */
  static make(limits: CardinalityLimits, day: number, key: readonly [number, number]): Ledger {
    const list = [...COUNTED.map((counted) => limits[counted]), limits.perService];
    const buffer = new SharedArrayBuffer(planOf(list).words * 4);
    const words = new Int32Array(buffer);
    words[DAY] = day;
    words.set(key, KEY);
    words.set(list, LIMITS);
    return new Ledger(buffer);
  }

  get day(): number {
    return this.#words[DAY]!;
  }

  get key(): readonly [number, number] {
    return [this.#words[KEY]!, this.#words[KEY + 1]!];
  }

  /** Raised with every entry; tells whether there is something to save. */
  get changes(): number {
    return Atomics.load(this.#words, CHANGES);
  }

  get perService(): number {
    return this.#words[HEADER - 1]!;
  }

  hasLimits(limits: CardinalityLimits): boolean {
    return (
      COUNTED.every((counted, i) => this.#words[LIMITS + i] === limits[counted]) &&
      this.perService === limits.perService
    );
  }

  count(counted: Counted): number {
    return this.#sets[COUNTED.indexOf(counted)]!.count;
  }

  limit(counted: Counted): number {
    return this.#sets[COUNTED.indexOf(counted)]!.limit;
  }

  /** Whether what has this hash may be: it was there, or there is room for one more. */
  admits(counted: number, a: number, b: number): boolean {
    return this.#noted(this.#sets[counted]!.admit(a, b));
  }

  /** `service` is a hash of the service's name. */
  admitsOperation(service: number, a: number, b: number): boolean {
    const set = this.#sets[OPERATIONS]!;
    if (set.has(a, b)) return true;
    const counter = this.#counterOf(service);
    if (counter < 0) return false;
    if (Atomics.add(this.#words, counter, 1) >= this.perService) {
      Atomics.sub(this.#words, counter, 1);
      return false;
    }
    const admitted = set.admit(a, b);
    if (admitted !== FULL) return this.#noted(admitted);
    Atomics.sub(this.#words, counter, 1);
    return false;
  }

  #noted(admitted: Admitted): boolean {
    if (admitted === KNOWN) return true;
    if (admitted === FULL) return false;
    Atomics.add(this.#words, CHANGES, 1);
    return true;
  }

  /** Place of a service's counter of operations, or -1 when there is room for no more services. */
  #counterOf(service: number): number {
    // 0 stands for a free slot.
    const tag = service | 0 || 1;
    let slot = tag & (this.#services - 1);
    for (let walked = 0; walked < this.#services; walked++) {
      const at = this.#servicesAt + slot * 2;
      const held = Atomics.compareExchange(this.#words, at, 0, tag);
      if (held === 0 || held === tag) return at + 1;
      slot = (slot + 1) & (this.#services - 1);
    }
    return -1;
  }
}

const OPERATIONS = COUNTED.indexOf('operations');

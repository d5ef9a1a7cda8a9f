import type { Interner } from '#base';
import type { AttributeRows } from '../attributes.ts';
import { COUNTED, type Counted } from './ledger.ts';

/** What of a request was beyond a limit. */
export interface LimitHit {
  readonly counted: Counted;
  readonly limit: number;
  /** Records (or keys, for theirs) beyond it in this request. */
  readonly count: number;
  /** Which name, metric or service it was, the last of them; names are cut to `LONGEST_NAME`. */
  readonly name: string;
  /** The service of an operation; the attribute of a metric that makes most of its series. Empty when not known. */
  readonly of: string;
}

const LONGEST_NAME = 120;
/** Attributes compared and points looked at to find the attribute that grows: enough to know, bounded for a flood. */
const COMPARED = 32;
const LOOKED_AT = 64;

/** Counts what is beyond limits in one request, and finds out what grows. */
export class LimitTally {
  readonly #interner: Interner;
  readonly #counts = new Uint32Array(COUNTED.length);
  readonly #names = new Uint32Array(COUNTED.length);
  readonly #services = new Uint32Array(COUNTED.length);
  #any = false;
  #lookedAt = 0;
  #metric = 0;
  #keys: number[] = [];
  #values: number[] = [];
  readonly #changes = new Map<number, number>();

  constructor(interner: Interner) {
    this.#interner = interner;
  }

  begin(): void {
    if (!this.#any) return;
    this.#any = false;
    this.#counts.fill(0);
    this.#lookedAt = 0;
    this.#metric = 0;
    this.#changes.clear();
  }

  /** `name` and `service` are ids of the interner. */
  add(counted: Counted, times: number, name: number, service = 0): void {
    const i = COUNTED.indexOf(counted);
    this.#any = true;
    this.#counts[i]! += times;
    this.#names[i] = name;
    this.#services[i] = service;
  }

  /** A point of a series beyond the limit; its attributes are the row under way. Neighbours that differ tell what grows. */
  addSeries(metric: number, rows: AttributeRows): void {
    this.add('series', 1, metric);
    if (this.#lookedAt++ >= LOOKED_AT) return;
    const { keys, values } = rows.map;
    const ids: number[] = [];
    const hashes: number[] = [];
    let at = rows.valuesAt;
    for (let i = rows.first; i < keys.rows && ids.length < COMPARED; i++) {
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = values.bytes[at++]!;
        length |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      let hash = length;
      for (let end = at + length; at < end; at++) hash = Math.imul(hash ^ values.bytes[at]!, 0x01000193);
      ids.push(keys.entries[keys.indexes[i]!]!);
      hashes.push(hash);
    }
    if (metric === this.#metric)
      ids.forEach((id, i) => {
        const before = this.#keys.indexOf(id);
        if (before < 0 || this.#values[before] !== hashes[i]) this.#changes.set(id, (this.#changes.get(id) ?? 0) + 1);
      });
    this.#metric = metric;
    this.#keys = ids;
    this.#values = hashes;
  }

  /** Mostly empty. `limitOf` is asked for those that were hit. */
  hits(limitOf: (counted: Counted) => number): LimitHit[] {
    if (!this.#any) return [];
    return COUNTED.flatMap((counted, i) => {
      const count = this.#counts[i]!;
      if (count === 0) return [];
      const of = counted === 'series' ? this.#growing() : this.#services[i]!;
      return [{ counted, limit: limitOf(counted), count, name: this.#text(this.#names[i]!), of: this.#text(of) }];
    });
  }

  #growing(): number {
    const [first] = [...this.#changes].sort((a, b) => b[1] - a[1]);
    return first ? first[0] : 0;
  }

  #text(id: number): string {
    const text = this.#interner.text(id);
    return text.length <= LONGEST_NAME ? text : `${text.slice(0, LONGEST_NAME)}…`;
  }
}

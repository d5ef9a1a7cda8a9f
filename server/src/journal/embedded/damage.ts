import type { Counter, Log } from '#base';
import type { Damage } from '../port.ts';

const KEPT = 100;

/** What was found damaged, each place once however many consumers come by it. */
export class DamageLog {
  readonly #log: Log;
  readonly #counter: Counter;
  readonly #seen = new Set<string>();
  readonly #newest: Damage[] = [];
  #entries = 0;

  constructor(log: Log, counter: Counter) {
    this.#log = log;
    this.#counter = counter;
  }

  get entries(): number {
    return this.#entries;
  }

  get newest(): readonly Damage[] {
    return [...this.#newest];
  }

  report(damage: Damage): void {
    const key = `${damage.file}:${damage.first}:${damage.offset}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const entries = Math.max(0, Number(damage.last - damage.first) + 1);
    const fields = { ...damage, first: String(damage.first), last: String(damage.last), entries };
    if (damage.acknowledged) {
      this.#entries += entries;
      this.#counter.add(entries);
      this.#log.error(fields, 'journal entries are damaged and left out');
    } else {
      this.#log.warn(fields, 'journal entries of an unfinished write are left out');
    }
    this.#newest.push(damage);
    if (this.#newest.length > KEPT) this.#newest.shift();
  }
}

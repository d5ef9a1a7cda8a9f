import { randomUUID } from 'node:crypto';
import type { Batch, Entry, Sequence, Source } from '#base';

/** A journal's reading end in memory, with the promises of `Source`; what a crash keeps is what it keeps. */
export class MemorySource implements Source {
  readonly name = 'store';
  /** UUID; another one makes another journal of it. */
  journal: string = randomUUID();
  /** Why `raiseEpoch` was called. */
  readonly doubts: string[] = [];
  readonly deadLetters: { readonly sequences: readonly Sequence[]; readonly reason: string }[] = [];
  following = true;
  /** Called within `commit`, before it counts: the moment between insert and cursor. */
  beforeCommit: () => Promise<void> = async () => undefined;
  readonly #entries: Entry[] = [];
  readonly #lost = new Set<Sequence>();
  #committed = 0n;
  #pending: ReturnType<Source['pending']>;
  #wake: (() => void)[] = [];

  append(batch: Batch, appendedAt = Date.now()): void {
    const size = batch.blocks.reduce((sum, block) => sum + block.bytes.byteLength, 64);
    this.#entries.push({ sequence: BigInt(this.#entries.length + 1), batch, size, appendedAt });
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** The entry can no longer be read. */
  lose(sequence: Sequence): void {
    this.#lost.add(sequence);
  }

  get committed(): Sequence {
    return this.#committed;
  }

  pending() {
    return this.#pending;
  }

  async read(limits: { readonly maxBytes: number; readonly maxEntries: number; readonly last?: Sequence }) {
    const out: Entry[] = [];
    let bytes = 0;
    for (const entry of this.#open()) {
      if (this.#lost.has(entry.sequence)) continue;
      if (limits.last !== undefined && entry.sequence > limits.last) break;
      if (out.length > 0 && (out.length >= limits.maxEntries || bytes + entry.size > limits.maxBytes)) break;
      out.push(entry);
      bytes += entry.size;
    }
    return out;
  }

  async begin(first: Sequence, last: Sequence) {
    const appendedAt = this.#entries.find((entry) => entry.sequence === first)?.appendedAt ?? 0;
    this.#pending = { first, last, appendedAt, journal: this.journal };
  }

  async commit(last: Sequence) {
    await this.beforeCommit();
    this.#committed = last;
    this.#pending = undefined;
  }

  async wait(timeoutMs: number, signal?: AbortSignal) {
    if (this.#open().length > 0 || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, timeoutMs);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#wake.push(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  async putAside(entries: readonly Entry[], reason: string) {
    this.deadLetters.push({ sequences: entries.map((entry) => entry.sequence), reason });
  }

  raiseEpoch(why: string) {
    this.doubts.push(why);
  }

  position() {
    return { passed: this.#committed, durable: BigInt(this.#entries.length) };
  }

  async follow(isFollowing: boolean) {
    this.following = isFollowing;
  }

  lag() {
    const open = this.#open();
    const oldest = open[0];
    return {
      entries: open.length,
      bytes: open.reduce((sum, entry) => sum + entry.size, 0),
      records: open.reduce((sum, entry) => sum + entry.batch.records, 0),
      oldestMs: oldest ? Date.now() - oldest.appendedAt : 0,
    };
  }

  #open(): Entry[] {
    return this.#entries.slice(Number(this.#committed));
  }
}

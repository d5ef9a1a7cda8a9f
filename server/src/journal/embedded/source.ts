import { type Clock, type Entry, must, type Sequence, type Source } from '#base';
import { fail } from '../errors.ts';
import type { CursorFile } from './cursor.ts';
import type { DiskReader, ReadLimits } from './disk-reader.ts';
import type { EntryPosition, Ledger } from './ledger.ts';
import type { Placed, Recent } from './recent.ts';

export interface SourceDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly recent: Recent;
  readonly disk: DiskReader;
  readonly cursor: CursorFile;
  /** UUID. */
  readonly journal: string;
  readonly putAside: (entries: readonly Entry[], reason: string) => Promise<void>;
  /** The consumer has moved on. */
  readonly onPassed: () => void;
  readonly raiseEpoch: (why: string) => void;
  /** It began or ceased to read on as entries come. */
  readonly onFollow: () => void;
}

/** A consumer's reading end. Its calls take effect one after another, in the order they were made. */
export class EmbeddedSource implements Source {
  readonly name: string;
  readonly #deps: SourceDeps;
  #place: EntryPosition;
  /** What the last read returned, so that a commit knows where it ended. */
  #read: readonly Placed[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  readonly #wakers = new Set<() => void>();
  #closed = false;
  #following = true;
  /** The oldest entry it has not passed, when it came while there was none. It may not be kept in memory. */
  #waiting: Pick<Entry, 'sequence' | 'appendedAt'> | undefined;

  constructor(name: string, deps: SourceDeps, place: EntryPosition) {
    this.name = name;
    this.#deps = deps;
    this.#place = place;
  }

  get journal(): string {
    return this.#deps.journal;
  }

  /** Nothing before it is asked for again. */
  get next(): Sequence {
    return this.#place.next;
  }

  get place(): EntryPosition {
    return this.#place;
  }

  pending(): ReturnType<Source['pending']> {
    return this.#deps.cursor.state.begun;
  }

  read(limits: { readonly maxBytes: number; readonly maxEntries: number; readonly last?: Sequence }): Promise<Entry[]> {
    return this.#inTurn(async () => {
      const placed = await this.#gather({ bytes: limits.maxBytes, entries: limits.maxEntries, last: limits.last });
      this.#read = placed;
      return placed.map(({ entry }) => entry);
    });
  }

  begin(first: Sequence, last: Sequence): Promise<void> {
    return this.#inTurn(async () => {
      const { committed } = this.#deps.cursor.state;
      must(first > committed && last >= first, `begin(${first}, ${last}) after commit(${committed})`);
      must(last <= this.#deps.ledger.durable, `begin(${first}, ${last}) past the end ${this.#deps.ledger.durable}`);
      const appendedAt = this.#read.find(({ entry }) => entry.sequence === first)?.entry.appendedAt ?? 0;
      const { journal } = this.#deps;
      await this.#deps.cursor.write({ committed, begun: { first, last, appendedAt, journal } });
    });
  }

  commit(last: Sequence): Promise<void> {
    return this.#inTurn(async () => {
      const { committed, begun } = this.#deps.cursor.state;
      const { durable } = this.#deps.ledger;
      // What was begun was durable once; its end may have been cut off since.
      const end = begun && begun.last > durable ? begun.last : durable;
      must(last >= committed && last <= end, `commit(${last}) after commit(${committed}), end ${end}`);
      // Part of a range: what is left of it stays begun.
      const rest =
        begun && begun.last > last ? { ...begun, first: last + 1n, last: begun.last, appendedAt: 0 } : undefined;
      await this.#deps.cursor.write({
        committed: last,
        begun: rest && begun && begun.first > rest.first ? begun : rest,
      });
      this.#moveTo(last);
      this.#deps.onPassed();
    });
  }

  wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#closed || signal?.aborted || this.#place.next <= this.#deps.ledger.durable) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        this.#wakers.delete(done);
        resolve();
      };
      const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(done, timeoutMs);
      signal?.addEventListener('abort', done, { once: true });
      this.#wakers.add(done);
    });
  }

  putAside(entries: readonly Entry[], reason: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#deps.putAside(entries, reason);
      if (entries.length > 0) this.#deps.raiseEpoch('entries were put aside');
    });
  }

  raiseEpoch(why: string): void {
    this.#deps.raiseEpoch(why);
  }

  position(): { readonly passed: Sequence; readonly durable: Sequence } {
    return { passed: this.#place.next - 1n, durable: this.#deps.ledger.durable };
  }

  get following(): boolean {
    return this.#following;
  }

  follow(isFollowing: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (isFollowing === this.#following) return;
      this.#following = isFollowing;
      if (!isFollowing) {
        this.#read = [];
        await this.#deps.disk.release();
        // The next write makes both files anew, as after a failed one.
        await this.#deps.cursor.close();
      }
      this.#deps.onFollow();
    });
  }

  lag(): { readonly entries: number; readonly bytes: number; readonly records: number; readonly oldestMs: number } {
    const amount = this.#deps.ledger.remaining(this.#place);
    if (amount.entries === 0) return { ...amount, oldestMs: 0 };
    return { ...amount, oldestMs: Math.max(0, this.#deps.clock.now() - this.#oldestAppendedAt()) };
  }

  /** Entries became durable, of which `first` is the oldest, or the journal closes. */
  wake(first?: Entry): void {
    if (first && first.sequence === this.#place.next)
      this.#waiting = { sequence: first.sequence, appendedAt: first.appendedAt };
    for (const waker of [...this.#wakers]) waker();
  }

  rewind(place: EntryPosition): Promise<void> {
    return this.#inTurn(async () => {
      await this.#deps.cursor.write({ committed: place.next - 1n, begun: undefined });
      this.#place = place;
      this.#read = [];
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.wake();
    await this.#turn.catch(() => {});
    await this.#deps.disk.release();
    await this.#deps.cursor.close();
  }

  async #gather(asked: { bytes: number; entries: number; last: Sequence | undefined }): Promise<Placed[]> {
    const { ledger, recent, disk } = this.#deps;
    const out: Placed[] = [];
    let bytes = 0;
    const begun = this.pending();
    let place = this.#place;
    if (begun && begun.first > place.next) place = { ...place, next: begun.first };
    const fits = ({ entry }: Placed) => out.length === 0 || bytes + entry.size <= asked.bytes;
    for (;;) {
      const last = asked.last !== undefined && asked.last < ledger.durable ? asked.last : ledger.durable;
      if (place.next > last || out.length >= asked.entries) break;
      if (place.next >= recent.from) {
        for (let i = recent.indexOf(place.next); out.length < asked.entries; i++) {
          const placed = recent.at(i);
          if (!placed || placed.entry.sequence > last || !fits(placed)) break;
          out.push(placed);
          bytes += placed.entry.size;
        }
        break;
      }
      // The rest is on disk, up to what is kept in memory at this moment.
      const until = recent.from <= last ? recent.from - 1n : last;
      const limits: ReadLimits = { bytes: asked.bytes - bytes, entries: asked.entries - out.length, last: until };
      const found = await disk.read(place, limits).catch((error: unknown) => {
        if (out.length === 0) throw error;
        return undefined;
      });
      if (!found) break;
      const fitting = found.placed.findIndex((placed) => {
        if (!fits(placed)) return true;
        out.push(placed);
        bytes += placed.entry.size;
        return false;
      });
      if (fitting >= 0 || found.limited) break;
      place = found.place.next > until ? found.place : { ...found.place, next: until + 1n };
      // Damage and skipped numbers are passed for good, or a consumer with nothing but these would never rest.
      if (out.length === 0) this.#place = place;
    }
    if (place.next >= recent.from) await disk.release();
    return out;
  }

  #moveTo(last: Sequence): void {
    const behind = this.#read.findLast(({ entry }) => entry.sequence <= last);
    const next = last + 1n;
    this.#read = this.#read.filter(({ entry }) => entry.sequence > last);
    if (behind) {
      const { entry, segment, endOffset, recordsThrough } = behind;
      const passedAppendedAt = entry.appendedAt;
      this.#place = { next, segment, offset: endOffset, records: recordsThrough, passedAppendedAt };
    } else if (next > this.#place.next) {
      this.#place = { ...this.#place, next };
    }
  }

  #oldestAppendedAt(): number {
    const { recent } = this.#deps;
    const { next, passedAppendedAt } = this.#place;
    if (this.#waiting?.sequence === next) return this.#waiting.appendedAt;
    const kept = next >= recent.from ? recent.at(recent.indexOf(next)) : undefined;
    return kept?.entry.appendedAt ?? passedAppendedAt;
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(fail('journal.closed', 'the journal is closed'));
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

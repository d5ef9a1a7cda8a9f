import { type Entry, isHanokError, Meter, type Sequence, type Source, silentLog } from '#base';
import { JOURNAL_DEFAULTS } from '../config.ts';
import { openJournal } from '../embedded/open.ts';
import type { FileSystem } from '../fs.ts';
import type { Journal, JournalConfig } from '../port.ts';
import { batchId, ManualClock, makeBatch, randomFrom } from './batches.ts';
import type { Disk } from './disk.ts';

export const DIR = '/journal';

/** Small enough that a test crosses segments, groups and the window of what is kept in memory. */
export const SMALL: JournalConfig = {
  ...JOURNAL_DEFAULTS,
  dir: DIR,
  segmentBytes: 12 * 1024,
  diskBudgetBytes: 1024 ** 2,
  diskReserveBytes: 1024 ** 2,
  maxGroupBytes: 8 * 1024,
  maxBatchBytes: 64 * 1024,
  recentBytes: 2 * 1024,
  retainMs: 0,
};

export interface Opened {
  readonly journal: Journal;
  readonly clock: ManualClock;
  readonly meter: Meter;
}

export async function openOn(
  fs: FileSystem,
  config: Partial<JournalConfig> = {},
  clock = new ManualClock(),
  seed = 1,
): Promise<Opened> {
  const random = randomFrom(seed);
  const meter = new Meter();
  const nonce = () => BigInt(Math.floor(random() * 2 ** 32)) * 4_294_967_296n + BigInt(Math.floor(random() * 2 ** 32));
  const journal = await openJournal({ ...SMALL, ...config }, { clock, log: silentLog, meter, fs, nonce });
  return { journal, clock, meter };
}

/** Everything a source gives from its place on; commits nothing. */
export async function readAll(source: Source): Promise<Entry[]> {
  return source.read({ maxBytes: Number.MAX_SAFE_INTEGER, maxEntries: Number.MAX_SAFE_INTEGER });
}

interface ConsumerPromises {
  /** Highest commit that resolved, and highest that was tried. */
  committed: Sequence;
  tried: Sequence;
  begun: string[];
}

/**
 * What a journal has promised so far, over any number of crashes and restarts, and the judge of whether a disk keeps
 * it. Batches are known by their id.
 */
export class Promises {
  readonly acknowledged = new Map<Sequence, number>();
  readonly rejected = new Set<number>();
  /** Neither: still waiting when the process died, or answered `journal.uncertain`. */
  readonly open = new Set<number>();
  readonly consumers = new Map<string, ConsumerPromises>();
  #nextId = 1;

  async append(journal: Journal, bytes: number): Promise<void> {
    const id = this.#nextId++;
    this.open.add(id);
    try {
      const sequence = await journal.append(makeBatch(id, bytes, id % 2 === 0 ? 'tenant-a' : 'tenant-b'));
      if (this.acknowledged.has(sequence)) throw new Error(`sequence ${sequence} was given out twice`);
      this.acknowledged.set(sequence, id);
      this.open.delete(id);
    } catch (error) {
      if (!isHanokError(error) || error.kind !== 'world') throw error;
      if (error.code === 'journal.uncertain') return;
      this.rejected.add(id);
      this.open.delete(id);
    }
  }

  /** Reads, begins and commits once. */
  async consume(source: Source, limits: { maxBytes: number; maxEntries: number }): Promise<void> {
    const mine = this.consumer(source.name);
    const pending = source.pending();
    const entries = await source.read(pending ? { ...limits, last: pending.last } : limits);
    const first = entries[0]?.sequence;
    const last = entries.at(-1)?.sequence;
    if (first === undefined || last === undefined) return;
    mine.begun = [...mine.begun, `${first}-${last}`];
    await source.begin(first, last);
    mine.begun = [`${first}-${last}`];
    mine.tried = last;
    await source.commit(last);
    mine.committed = last;
    mine.begun = [];
  }

  /** Sets a consumer back by up to `by` entries: they are promised once more from the place that is answered on. */
  async rewind(journal: Journal, name: string, by: bigint): Promise<void> {
    const mine = this.consumer(name);
    if (mine.committed === 0n) return;
    const to = mine.committed > by ? mine.committed - by + 1n : 1n;
    // Until it is answered either place may be the one on disk.
    mine.committed = to - 1n;
    const place = await journal.rewind(name, to);
    mine.committed = place - 1n;
    mine.tried = place - 1n;
    mine.begun = [];
  }

  consumer(name: string): ConsumerPromises {
    let mine = this.consumers.get(name);
    if (!mine) {
      mine = { committed: 0n, tried: 0n, begun: [] };
      this.consumers.set(name, mine);
    }
    return mine;
  }

  /** Opens what is on `disk` and throws at the first promise it does not keep. */
  async judge(disk: Disk, config: Partial<JournalConfig> = {}): Promise<void> {
    const { journal } = await openOn(disk.fs, config, new ManualClock(), 99);
    let newest = 0n;
    for (const [name, mine] of this.consumers) {
      const source = await journal.source(name);
      const pending = source.pending();
      if (pending && !mine.begun.includes(`${pending.first}-${pending.last}`))
        throw new Error(`${name}: the range ${pending.first}-${pending.last} was not begun, or was committed`);
      const ids = new Set<number>();
      let previous = 0n;
      let from: Sequence | undefined;
      for (const { sequence, batch } of await readAll(source)) {
        from ??= sequence;
        if (sequence <= previous) throw new Error(`${name}: ${sequence} comes after ${previous}`);
        previous = sequence;
        if (sequence <= mine.committed) throw new Error(`${name}: ${sequence} was committed and comes again`);
        const id = batchId(batch);
        if (ids.has(id)) throw new Error(`${name}: batch ${id} comes twice`);
        ids.add(id);
        if (this.rejected.has(id)) throw new Error(`${name}: batch ${id} was rejected and comes`);
        const promised = this.acknowledged.get(sequence);
        if (promised === undefined ? !this.open.has(id) : promised !== id)
          throw new Error(`${name}: ${sequence} is batch ${id}, promised was ${promised}`);
      }
      for (const [sequence, id] of this.acknowledged) {
        // A commit that was tried may have become durable although nobody was told.
        const handled = sequence <= mine.committed || (sequence <= mine.tried && (from ?? sequence + 1n) > sequence);
        if (!handled && !ids.has(id))
          throw new Error(`${name}: ${sequence} (batch ${id}) was acknowledged and is lost`);
      }
      if (mine.tried > newest) newest = mine.tried;
    }
    const { corrupt } = journal.stats();
    if (corrupt.entries > 0) throw new Error(`${corrupt.entries} entries are reported damaged`);
    for (const sequence of this.acknowledged.keys()) if (sequence > newest) newest = sequence;
    const next = await journal.append(makeBatch(0));
    if (next <= newest) throw new Error(`sequence ${next} was given out again, newest was ${newest}`);
    await journal.close();
  }
}

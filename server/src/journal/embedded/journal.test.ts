import { describe, expect, it } from 'vitest';
import { type Entry, isHanokError } from '#base';
import { DIR, openOn, readAll, SMALL } from '../testkit/promises.ts';
import { batchId, Disk, ManualClock, makeBatch } from '../testkit.ts';

const ids = (entries: readonly Entry[]) => entries.map((entry) => batchId(entry.batch));
const sequences = (entries: readonly Entry[]) => entries.map((entry) => Number(entry.sequence));
const everything = { maxBytes: 1e9, maxEntries: 1e9 };

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (isHanokError(error) ? error.code : String(error)),
  );
}

/** Appends ids from..to one after another, each a group of its own. */
async function appendEach(
  journal: { append(batch: ReturnType<typeof makeBatch>): Promise<bigint> },
  from: number,
  to: number,
  bytes = 64,
) {
  for (let id = from; id <= to; id++) await journal.append(makeBatch(id, bytes));
}

describe('append, read, commit', () => {
  it('gives back what was appended, with several blocks, tenants and sizes', async () => {
    const disk = new Disk();
    const { journal, clock } = await openOn(disk.fs);
    const source = await journal.source('store');
    const batches = [
      makeBatch(1, 10, 'tenant-a', ['logs', 'resources', 'fields']),
      makeBatch(2, 5_000, 'tenant-b', ['spans']),
      { ...makeBatch(3), blocks: [], records: 0, minTime: 0n, maxTime: 0n },
      makeBatch(4, 30_000),
    ];
    const given = await Promise.all(batches.map((batch) => journal.append(batch)));
    expect(given).toEqual([1n, 2n, 3n, 4n]);
    await journal.close();

    const again = await openOn(disk.fs);
    const reread = await (await again.journal.source('store')).read(everything);
    expect(reread.map((entry) => entry.batch)).toEqual(
      batches.map((batch) => ({ ...batch, blocks: batch.blocks.map((b) => ({ ...b, bytes: Buffer.from(b.bytes) })) })),
    );
    expect(reread.every((entry) => entry.appendedAt === clock.now())).toBe(true);
    expect(source.name).toBe('store');
    await again.journal.close();
  });

  it('writes appends that come together with one sync', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    await journal.append(makeBatch(1));
    const before = disk.trace.filter((one) => one.kind === 'sync').length;
    await Promise.all(Array.from({ length: 20 }, (_, i) => journal.append(makeBatch(i + 2))));
    expect(disk.trace.filter((one) => one.kind === 'sync').length - before).toBe(1);
    await journal.close();
  });

  it('has synced the bytes before it resolves', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    await journal.source('store');
    await journal.append(makeBatch(7));
    // Nothing that was not synced survives this power cut.
    const { journal: after } = await openOn(disk.afterPowerCut(() => false).fs);
    expect(ids(await readAll(await after.source('store')))).toEqual([7]);
  });

  it('reads from the committed place until a limit, at least one entry', async () => {
    const { journal } = await openOn(new Disk().fs);
    const source = await journal.source('store');
    await appendEach(journal, 1, 10, 200);
    expect(ids(await source.read({ maxBytes: 1, maxEntries: 10 }))).toEqual([1]);
    expect(ids(await source.read({ maxBytes: 1e9, maxEntries: 3 }))).toEqual([1, 2, 3]);
    expect(ids(await source.read({ ...everything, last: 4n }))).toEqual([1, 2, 3, 4]);
    const size = (await source.read({ maxBytes: 1, maxEntries: 1 }))[0]!.size;
    expect(ids(await source.read({ maxBytes: size * 4 + 1, maxEntries: 99 }))).toEqual([1, 2, 3, 4]);
    await source.begin(1n, 4n);
    expect(source.pending()).toMatchObject({ first: 1n, last: 4n });
    await source.commit(4n);
    expect(source.pending()).toBeUndefined();
    expect(ids(await readAll(source))).toEqual([5, 6, 7, 8, 9, 10]);
    await journal.close();
  });

  it('gives the begun range again after a crash, and exactly that', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    const source = await journal.source('store');
    await appendEach(journal, 1, 9);
    await source.commit(2n);
    await source.begin(3n, 6n);
    const { journal: after } = await openOn(disk.killed().fs);
    const again = await after.source('store');
    expect(again.pending()).toMatchObject({ first: 3n, last: 6n });
    expect(ids(await again.read({ ...everything, last: 6n }))).toEqual([3, 4, 5, 6]);
    await again.commit(4n);
    expect(again.pending()).toMatchObject({ first: 5n, last: 6n });
    await again.commit(6n);
    expect(ids(await readAll(again))).toEqual([7, 8, 9]);
    await after.close();
  });

  it('serves a consumer that keeps up from memory and one that is behind from disk, with the same entries', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs, { recentBytes: 1_000 });
    const source = await journal.source('store');
    await journal.append(makeBatch(1));
    let reads = 0;
    disk.fault = ({ name }) => {
      if (name === 'read') reads++;
      return undefined;
    };
    await readAll(source);
    expect(reads).toBe(0);
    await appendEach(journal, 2, 200, 100);
    expect(ids(await readAll(source))).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(reads).toBeGreaterThan(0);
    // Half way, so that one read begins on disk and ends in memory.
    await source.commit(150n);
    expect(ids(await readAll(source))).toEqual(Array.from({ length: 50 }, (_, i) => i + 151));
    expect(journal.stats().recentBytes).toBeLessThanOrEqual(1_000);
    await journal.close();
  });

  it('refuses what is too large and what comes after close', async () => {
    const { journal } = await openOn(new Disk().fs);
    expect(await codeOf(journal.append(makeBatch(1, 100_000)))).toBe('journal.batch-too-large');
    const last = journal.append(makeBatch(2));
    const closing = journal.close();
    expect(await codeOf(journal.append(makeBatch(3)))).toBe('journal.closed');
    expect(journal.canAccept()).toMatchObject({ open: false, code: 'journal.closed' });
    expect(await last).toBe(1n);
    await closing;
  });
});

describe('what a consumer has not passed', () => {
  it('is told as far as memory has it, with what was begun, and whether that is all', async () => {
    const { journal } = await openOn(new Disk().fs);
    expect(journal.unread('store')).toEqual({ entries: [], whole: false });
    const source = await journal.source('store');
    expect(journal.unread('store')).toEqual({ entries: [], whole: true });
    await appendEach(journal, 1, 4);
    const [first] = await source.read({ ...everything, maxEntries: 2 });
    await source.begin(first!.sequence, 2n);
    expect(ids(journal.unread('store').entries)).toEqual([1, 2, 3, 4]);
    await source.commit(2n);
    expect(ids(journal.unread('store').entries)).toEqual([3, 4]);
    // Nothing of it is passed: the drainer goes on where it was.
    expect(ids(await source.read(everything))).toEqual([3, 4]);
    await journal.close();
  });

  it('is not whole when it lies on disk', async () => {
    const { journal } = await openOn(new Disk().fs, { recentBytes: 300 });
    await journal.source('store');
    await appendEach(journal, 1, 10);
    const { entries, whole } = journal.unread('store');
    expect(whole).toBe(false);
    expect(ids(entries).at(-1)).toBe(10);
    expect(entries.length).toBeLessThan(10);
    await journal.close();
  });
});

describe('tail and wait', () => {
  it('hands every durable entry on, in order, and survives a throwing listener', async () => {
    const { journal } = await openOn(new Disk().fs);
    const seen: number[] = [];
    journal.tail(() => {
      throw new Error('listener');
    });
    const stop = journal.tail((entry) => seen.push(batchId(entry.batch)));
    await Promise.all([1, 2, 3].map((id) => journal.append(makeBatch(id))));
    stop();
    await journal.append(makeBatch(4));
    expect(seen).toEqual([1, 2, 3]);
    await journal.close();
  });

  it('wakes a waiting consumer on append, abort, time and close', async () => {
    const { journal } = await openOn(new Disk().fs);
    const source = await journal.source('store');
    await source.wait(1);
    const abort = new AbortController();
    const aborted = source.wait(60_000, abort.signal);
    abort.abort();
    await aborted;
    const appended = source.wait(60_000);
    await journal.append(makeBatch(1));
    await appended;
    await source.wait(60_000);
    await source.commit(1n);
    const closed = source.wait(60_000);
    await journal.close();
    await closed;
  });
});

describe('restart', () => {
  it('goes on numbering, over many restarts and segments', async () => {
    const disk = new Disk();
    let id = 1;
    for (let round = 0; round < 5; round++) {
      const { journal } = await openOn(disk.fs, {}, new ManualClock(), round);
      await journal.source('store');
      for (let i = 0; i < 7; i++) expect(await journal.append(makeBatch(id, 900))).toBe(BigInt(id++));
      await journal.close();
    }
    const { journal } = await openOn(disk.fs);
    expect(ids(await readAll(await journal.source('store')))).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
    expect(journal.stats().segments).toBeGreaterThan(4);
    await journal.close();
  });

  it('never gives a number out again that a cursor has passed, even when the segments are gone', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    const source = await journal.source('store');
    await appendEach(journal, 1, 5);
    await source.commit(5n);
    await journal.close();
    const files = new Map([...disk.files()].filter(([path]) => !path.endsWith('.segment')));
    const { journal: after } = await openOn(new Disk(files).fs);
    expect(await after.append(makeBatch(6))).toBe(6n);
    expect(ids(await readAll(await after.source('store')))).toEqual([6]);
    await after.close();
  });

  it('cuts a torn tail at every byte, keeps the rest, and goes on', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    await journal.source('store');
    const ends: number[] = [];
    for (let id = 1; id <= 3; id++) {
      await journal.append(makeBatch(id, 40 + id));
      ends.push(journal.stats().bytes);
    }
    await journal.close();
    const path = `${DIR}/0000000000000001.segment`;
    const whole = disk.files().get(path)!;
    expect(whole.length).toBe(ends.at(-1));
    for (let length = 4096; length <= whole.length; length++) {
      for (const tail of ['cut', 'zeros'] as const) {
        const content = tail === 'cut' ? whole.subarray(0, length) : Buffer.alloc(whole.length);
        if (tail === 'zeros') whole.copy(content, 0, 0, length);
        const torn = new Disk(new Map([...disk.files(), [path, content]]));
        const { journal: after } = await openOn(torn.fs);
        const kept = ends.filter((end) => end <= length).length;
        const source = await after.source('store');
        expect(ids(await readAll(source))).toEqual([1, 2, 3].slice(0, kept));
        expect(await after.append(makeBatch(9))).toBe(BigInt(kept + 1));
        expect(ids(await readAll(source)).at(-1)).toBe(9);
        expect(after.stats().corrupt.entries).toBe(0);
        await after.close();
        expect(torn.files().get(path)!.length).toBe(ends[kept - 1] ?? 4096);
      }
    }
  });

  it('refuses a journal of a later format and changes nothing', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    await journal.append(makeBatch(1));
    await journal.close();
    const { crc32 } = await import('node:zlib');
    const path = `${DIR}/0000000000000001.segment`;
    const content = disk.files().get(path)!;
    for (const at of [0, 2048]) {
      content.writeUInt16LE(2, at + 8);
      content.writeUInt32LE(crc32(content.subarray(at + 16, at + 128), crc32(content.subarray(at, at + 12))), at + 12);
    }
    const newer = new Disk(new Map([...disk.files(), [path, content]]));
    expect(await codeOf(openOn(newer.fs))).toBe('journal.newer-format');
    expect(newer.files().get(path)).toEqual(content);
  });
});

describe('damage', () => {
  /** Ten entries in groups of one, the disk after a clean close. */
  async function tenEntries(bytes = 300): Promise<{ disk: Disk; ends: number[] }> {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs, { segmentBytes: 128 * 1024 });
    await journal.source('store');
    const ends: number[] = [];
    for (let id = 1; id <= 10; id++) {
      await journal.append(makeBatch(id, bytes, id === 4 ? 'tenant-b' : 'tenant-a'));
      ends.push(journal.stats().bytes);
    }
    await journal.close();
    return { disk, ends };
  }
  const path = `${DIR}/0000000000000001.segment`;
  const damaged = (disk: Disk, change: (content: Buffer) => Buffer | undefined) => {
    const content = disk.files().get(path)!;
    return new Disk(new Map([...disk.files(), [path, change(content) ?? content]]));
  };

  it('finds a flipped bit anywhere in an entry, leaves that entry out and reports whose it was', async () => {
    const { disk, ends } = await tenEntries(40);
    for (let at = ends[2]!; at < ends[3]!; at++) {
      const broken = damaged(disk, (content) => {
        content[at]! ^= 1 << (at % 8);
        return undefined;
      });
      const { journal, meter } = await openOn(broken.fs);
      const source = await journal.source('store');
      expect(sequences(await readAll(source)), `flipped at ${at}`).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10]);
      await readAll(source);
      const { corrupt } = journal.stats();
      expect(corrupt.entries).toBe(1);
      expect(corrupt.damages).toMatchObject([{ first: 4n, last: 4n, acknowledged: true, offset: ends[2] }]);
      // The payload begins after header, tenant and one block of the directory.
      if (at >= ends[2]! + 88 + 8 + 12) expect(corrupt.damages[0]!.tenant).toBe('tenant-b');
      expect(meter.samples().find((one) => one.name === 'hanok_journal_corrupt_entries_total')?.value).toBe(1);
      await source.commit(10n);
      expect(await readAll(source)).toEqual([]);
      await journal.close();
    }
  });

  it('isolates a hole over several entries and the last ones', async () => {
    const { disk, ends } = await tenEntries();
    const broken = damaged(disk, (content) => content.fill(0xff, ends[1]! + 20, ends[4]! + 3));
    const { journal } = await openOn(broken.fs);
    const source = await journal.source('store');
    expect(sequences(await readAll(source))).toEqual([1, 2, 7, 8, 9, 10]);
    expect(journal.stats().corrupt.damages).toMatchObject([{ first: 3n, last: 6n }]);
    await journal.close();
  });

  it('cannot be fooled by entries inside a payload', async () => {
    const forger = new Disk();
    const first = await openOn(forger.fs, {}, new ManualClock(), 5);
    await first.journal.append(makeBatch(666, 64, 'tenant-b'));
    await first.journal.close();
    const forged = forger.files().get(path)!.subarray(4096);

    const disk = new Disk();
    const { journal } = await openOn(disk.fs, {}, new ManualClock(), 6);
    await journal.source('store');
    const batch = makeBatch(1, 64);
    await journal.append({
      ...batch,
      blocks: [{ table: 'logs', rows: 1, bytes: Buffer.concat([Buffer.alloc(50), forged]) }],
    });
    await journal.append(makeBatch(2));
    await journal.close();
    const broken = damaged(disk, (content) => {
      content[4096 + 2]! ^= 1;
      return undefined;
    });
    const { journal: after } = await openOn(broken.fs);
    expect(ids(await readAll(await after.source('store')))).toEqual([2]);
    await after.close();
  });

  it('reads on when one or both headers of a segment are damaged', async () => {
    const { disk } = await tenEntries();
    for (const places of [[10], [2058], [10, 2058]]) {
      const broken = damaged(disk, (content) => {
        for (const at of places) content[at]! ^= 0x40;
        return undefined;
      });
      const { journal } = await openOn(broken.fs);
      expect(sequences(await readAll(await journal.source('store')))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      await journal.close();
    }
  });

  it('reports a shortened, an unreadable and a missing segment by range, and reads the rest', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs, { segmentBytes: 8 * 1024 });
    await journal.source('store');
    await appendEach(journal, 1, 12, 1_000);
    await journal.close();
    const files = disk.files();
    const second = `${DIR}/0000000000000002.segment`;
    const inSecond = [4, 5, 6];
    for (const change of ['shortened', 'unreadable', 'missing'] as const) {
      const left = new Map(files);
      if (change === 'missing') left.delete(second);
      else if (change === 'shortened') left.set(second, files.get(second)!.subarray(0, 4096 + 20));
      else left.set(second, Buffer.alloc(files.get(second)!.length, 0x55));
      const { journal: after } = await openOn(new Disk(left).fs, { segmentBytes: 8 * 1024 });
      const source = await after.source('store');
      const rest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].filter((id) => !inSecond.includes(id));
      expect(ids(await readAll(source)), change).toEqual(rest);
      expect(after.stats().corrupt.damages, change).toMatchObject([{ first: 4n, last: 6n }]);
      await after.close();
    }
  });

  it('does not keep a consumer busy when nothing but damage is left', async () => {
    const { disk, ends } = await tenEntries();
    const broken = damaged(disk, (content) => content.fill(0xff, 4100, ends[8]!).fill(0xee, ends[8]! + 130));
    const { journal } = await openOn(broken.fs);
    const source = await journal.source('store');
    await journal.append(makeBatch(50));
    expect(ids(await readAll(source))).toEqual([50]);
    await journal.close();

    const { journal: second } = await openOn(
      damaged(disk, (content) => content.fill(0xff, ends[7]! + 100, ends[8]!)).fs,
    );
    const other = await second.source('store');
    await other.commit(8n);
    expect(sequences(await readAll(other))).toEqual([10]);
    await second.close();
  });

  it('tells a torn group from damage to what was acknowledged', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    await journal.source('store');
    await journal.append(makeBatch(1));
    const start = journal.stats().bytes;
    await Promise.all([2, 3, 4].map((id) => journal.append(makeBatch(id, 200))));
    // As if the power had failed in the second group and its first sectors were never written.
    const torn = damaged(disk, (content) => content.fill(0, start, start + 100));
    const { journal: after } = await openOn(torn.fs);
    expect(ids(await readAll(await after.source('store')))).toEqual([1, 3, 4]);
    expect(after.stats().corrupt.entries).toBe(0);
    expect(after.stats().corrupt.damages).toMatchObject([{ first: 2n, last: 2n, acknowledged: false }]);
    await after.close();
  });

  it('gives an unreadable place up after a few tries and goes on behind it', async () => {
    const { disk, ends } = await tenEntries(5_000);
    const { journal } = await openOn(disk.fs);
    const source = await journal.source('store');
    const bad = Math.floor(ends[4]! / 4096) * 4096 + 8192;
    const { open } = disk.fs;
    Object.assign(disk.fs, {
      open: async (file: string, how: 'read') => {
        const handle = await open(file, how);
        return {
          ...handle,
          read: (target: Uint8Array, offset: number, length: number, position: number) =>
            position <= bad && bad < position + length
              ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
              : handle.read(target, offset, length, position),
        };
      },
    });
    const codes: string[] = [];
    for (let i = 0; i < 4; i++) codes.push(await codeOf(source.read(everything)));
    expect(codes).toEqual(['journal.read-failed', 'journal.read-failed', 'journal.read-failed', 'resolved']);
    const read = sequences(await readAll(source));
    expect(read).toContain(1);
    expect(read).toContain(10);
    expect(read.length).toBeLessThan(10);
    await journal.close();
  });
});

describe('dead letters', () => {
  it('puts entries aside with the reason, lists them after a restart, and gives them back', async () => {
    const disk = new Disk();
    const { journal, clock } = await openOn(disk.fs);
    const source = await journal.source('store');
    await appendEach(journal, 1, 4);
    const entries = await readAll(source);
    await source.putAside(entries.slice(1, 3), 'TYPE_MISMATCH in column body');
    await source.putAside(entries.slice(1, 3), 'TYPE_MISMATCH in column body');
    await source.commit(4n);
    const listed = {
      entries: 2,
      files: [
        {
          source: 'store',
          first: 2n,
          last: 3n,
          entries: 2,
          reason: 'TYPE_MISMATCH in column body',
          deadLetteredAt: clock.now(),
        },
      ],
    };
    expect(journal.stats().deadLetters).toMatchObject(listed);
    const cut = disk.afterPowerCut(() => false);
    const { journal: after } = await openOn(cut.fs);
    expect(after.stats().deadLetters).toMatchObject(listed);
    const { file } = after.stats().deadLetters.files[0]!;
    expect(ids(await after.readDeadLetter(file))).toEqual([2, 3]);

    const deadPath = `${DIR}/dead-letters/${file}`;
    const content = cut.files().get(deadPath)!;
    content[content.length - 1]! ^= 1;
    const { journal: flipped } = await openOn(new Disk(new Map([...cut.files(), [deadPath, content]])).fs);
    expect(await codeOf(flipped.readDeadLetter(file))).toBe('journal.dead-letter-damaged');
    expect(await codeOf(flipped.readDeadLetter('../store.cursor'))).toBe('journal.dead-letter-damaged');
  });
});

describe('trimming', () => {
  const config = { segmentBytes: 8 * 1024, diskBudgetBytes: 200_000 };

  it('waits for the slowest consumer, also for one that has not been opened', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs, config);
    const store = await journal.source('store');
    await journal.source('archive');
    await appendEach(journal, 1, 30, 1_000);
    const full = journal.stats().segments;
    await store.commit(30n);
    await journal.close();

    const { journal: after } = await openOn(disk.fs, config);
    await (await after.source('store')).commit(30n);
    await settled();
    expect(after.stats().segments).toBe(full);
    const archive = await after.source('archive');
    expect(ids(await readAll(archive))).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    await archive.commit(15n);
    await settled();
    expect(after.stats().segments).toBeLessThan(full);
    expect(ids(await readAll(archive))).toEqual(Array.from({ length: 15 }, (_, i) => i + 16));
    await archive.commit(30n);
    await settled();
    expect(after.stats().segments).toBe(1);
    await after.forget('archive');
    await after.close();
  });

  it('keeps everything while nobody is registered', async () => {
    const { journal } = await openOn(new Disk().fs, config);
    await appendEach(journal, 1, 30, 1_000);
    expect(ids(await readAll(await journal.source('late')))).toHaveLength(30);
    await journal.close();
  });

  it('keeps passed segments for the retention time, so that a consumer can be set back', async () => {
    const { journal, clock } = await openOn(new Disk().fs, { ...config, retainMs: 60_000 });
    const source = await journal.source('store');
    await appendEach(journal, 1, 30, 1_000);
    await source.commit(30n);
    await settled();
    expect(await journal.rewind('store', 12n)).toBe(12n);
    expect(ids(await readAll(source))[0]).toBe(12);
    clock.advance(30_000);
    await source.commit(30n);
    clock.advance(30_001);
    await appendEach(journal, 31, 31);
    await source.commit(31n);
    await settled();
    // What was passed at the first commit is due; what the rewind touched starts its time again.
    expect(journal.stats().segments).toBeGreaterThan(1);
    expect(Number(await journal.rewind('store', 1n))).toBeLessThanOrEqual(12);
    await source.commit(31n);
    clock.advance(60_001);
    await source.commit(31n);
    await settled();
    expect(journal.stats().segments).toBe(1);
    await journal.close();
  });

  it('sets a consumer back to what is kept while segments are being deleted, and keeps that', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs, config);
    const source = await journal.source('store');
    await appendEach(journal, 1, 30, 1_000);
    await source.commit(12n);
    // The first of several deletions is under way.
    const place = await journal.rewind('store', 1n);
    expect(ids(await readAll(source))[0]).toBe(Number(place));
    await settled();
    expect(ids(await readAll(source))[0]).toBe(Number(place));
    expect(journal.stats().corrupt.damages).toEqual([]);
    await journal.close();
    const { journal: after } = await openOn(disk.killed().fs, config);
    expect(ids(await readAll(await after.source('store')))).toEqual(
      Array.from({ length: 31 - Number(place) }, (_, i) => i + Number(place)),
    );
    await after.close();
  });

  it('cuts retention short when the budget is reached', async () => {
    const { journal } = await openOn(new Disk().fs, { ...config, diskBudgetBytes: 40_000, retainMs: 3_600_000 });
    const source = await journal.source('store');
    for (let id = 1; id <= 100; id++) {
      await journal.append(makeBatch(id, 1_000));
      await source.commit(BigInt(id));
    }
    await settled();
    expect(journal.stats().bytes).toBeLessThanOrEqual(50_000);
    expect(journal.stats().segments).toBeGreaterThan(2);
    await journal.close();
  });

  it('gives retention up for a disk that runs short, before anybody is refused', async () => {
    const disk = new Disk();
    const { journal, clock } = await openOn(disk.fs, { ...SMALL, retainMs: 3_600_000 });
    const source = await journal.source('store');
    for (let id = 1; id <= 40; id++) {
      await journal.append(makeBatch(id, 1_000));
      await source.commit(BigInt(id));
    }
    await settled();
    const held = journal.stats().segments;
    expect(held).toBeGreaterThan(2);
    disk.freeBytes = SMALL.diskReserveBytes * 1.2;
    clock.advance(1_000);
    journal.canAccept();
    await settled();
    expect(journal.stats().segments).toBe(1);
    expect(journal.canAccept()).toEqual({ open: true });
    await journal.close();
  });
});

describe('admission', () => {
  it('shuts before the budget is used up and opens again by itself, with a gap between', async () => {
    const { journal } = await openOn(new Disk().fs, { diskBudgetBytes: 100_000 });
    const source = await journal.source('store');
    let id = 0;
    while (journal.canAccept().open) await journal.append(makeBatch(++id, 1_000));
    expect(journal.canAccept()).toMatchObject({ open: false, code: 'journal.full', retryAfter: expect.any(Number) });
    expect(journal.stats().unreadBytes).toBeLessThan(100_000);
    const shutAt = id;
    // What was let in before is still taken, up to the whole budget.
    while ((await codeOf(journal.append(makeBatch(++id, 1_000)))) === 'resolved');
    expect(id).toBeGreaterThan(shutAt + 1);
    expect(await codeOf(journal.append(makeBatch(0, 1_000)))).toBe('journal.full');
    expect(journal.stats().unreadBytes).toBeLessThanOrEqual(100_000);
    const committed: number[] = [];
    for (const entry of await readAll(source)) {
      await source.commit(entry.sequence);
      committed.push(journal.stats().unreadBytes);
      if (journal.canAccept().open) break;
    }
    expect(committed.at(-1)).toBeLessThan(80_000);
    expect(committed.at(-2)).toBeGreaterThanOrEqual(80_000);
    await journal.append(makeBatch(500));
    await journal.close();
  });

  it('shuts when the file system runs short, looking at most once a second, and opens with room to spare', async () => {
    const disk = new Disk();
    const { journal, clock } = await openOn(disk.fs);
    await journal.source('store');
    // Enough unread that this journal is no bystander of another one's outage.
    await journal.append(makeBatch(100, 30_000));
    let looks = 0;
    disk.fault = ({ name }) => {
      if (name === 'freeBytes') looks++;
      return undefined;
    };
    disk.freeBytes = SMALL.diskReserveBytes - 1;
    for (let i = 0; i < 10; i++) expect(journal.canAccept().open).toBe(true);
    const look = async (free: number) => {
      disk.freeBytes = free;
      clock.advance(1_000);
      journal.canAccept();
      await settled();
      return journal.canAccept();
    };
    expect(looks).toBe(0);
    expect(await look(SMALL.diskReserveBytes - 1)).toMatchObject({ open: false, code: 'journal.disk-full' });
    expect(looks).toBe(1);
    expect((await look(SMALL.diskReserveBytes * 1.1)).open).toBe(false);
    expect((await look(SMALL.diskReserveBytes * 1.3)).open).toBe(true);
    expect((await look(SMALL.diskReserveBytes * 1.1)).open).toBe(true);
    await look(SMALL.diskReserveBytes / 3);
    expect(await codeOf(journal.append(makeBatch(1)))).toBe('journal.disk-full');
    await journal.close();
  });

  it('shuts after ENOSPC at once and recovers', async () => {
    const disk = new Disk();
    const { journal, clock } = await openOn(disk.fs);
    const source = await journal.source('store');
    await journal.append(makeBatch(1));
    disk.freeBytes = 0;
    disk.fault = ({ name }) => (name === 'writev' ? { outcome: 'ENOSPC', effect: 'part' } : undefined);
    expect(await codeOf(journal.append(makeBatch(2)))).toBe('journal.disk-full');
    expect(journal.canAccept()).toMatchObject({ open: false, code: 'journal.disk-full' });
    disk.fault = () => undefined;
    await settled();
    disk.freeBytes = 1024 ** 3;
    clock.advance(1_001);
    journal.canAccept();
    await settled();
    expect(journal.canAccept()).toEqual({ open: true });
    await journal.append(makeBatch(3));
    expect(ids(await readAll(source))).toEqual([1, 3]);
    await journal.close();
  });

  it('shuts when no segment can be begun, tries again by itself, and says what is uncertain', async () => {
    const disk = new Disk();
    const { journal, clock } = await openOn(disk.fs);
    const source = await journal.source('store');
    await journal.append(makeBatch(1));
    disk.fault = ({ name }) =>
      name === 'datasync' || name === 'truncate' ? { outcome: 'EIO', effect: 'none' } : undefined;
    expect(await codeOf(journal.append(makeBatch(2)))).toBe('journal.uncertain');
    expect(journal.canAccept()).toMatchObject({ open: false, code: 'journal.write-failed' });
    expect(await codeOf(journal.append(makeBatch(3)))).toBe('journal.write-failed');
    disk.fault = () => undefined;
    clock.advance(1_001);
    journal.canAccept();
    await settled();
    expect(journal.canAccept().open).toBe(true);
    expect(await journal.append(makeBatch(4))).toBeGreaterThan(1n);
    expect(ids(await readAll(source))).toEqual([1, 4]);
    const { journal: after } = await openOn(disk.killed().fs);
    expect(ids(await readAll(await after.source('store')))).toEqual([1, 4]);
  });
});

describe('cost of an idle journal', () => {
  it('sets no timer and makes no call', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    const source = await journal.source('store');
    await journal.append(makeBatch(1));
    await source.commit(1n);
    await settled();
    const calls = disk.calls;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(disk.calls).toBe(calls);
    await journal.close();
  });
});

/** Lets background work (trimming, sampling) finish: the disk in memory needs a few turns only. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}

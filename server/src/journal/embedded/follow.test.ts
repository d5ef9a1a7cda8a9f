import { describe, expect, it } from 'vitest';
import type { Entry } from '#base';
import type { FileSystem } from '../fs.ts';
import { openOn, readAll } from '../testkit/promises.ts';
import { Disk, makeBatch } from '../testkit.ts';

const sequences = (entries: readonly Entry[]) => entries.map((entry) => Number(entry.sequence));

async function appendEach(
  journal: Awaited<ReturnType<typeof openOn>>['journal'],
  from: number,
  to: number,
  bytes = 64,
) {
  for (let id = from; id <= to; id++) await journal.append(makeBatch(id, bytes));
}

describe('a consumer that does not read on', () => {
  const HELD = { recentBytes: 2 ** 26, maxBatchBytes: 2 ** 20, segmentBytes: 2 ** 26, diskBudgetBytes: 2 ** 30 };

  it('costs next to no memory, and has everything when it reads again', async () => {
    const { journal } = await openOn(new Disk().fs, HELD);
    const source = await journal.source('store');
    await source.follow(false);
    await appendEach(journal, 1, 40, 100_000);
    expect(journal.stats().recentBytes).toBeLessThanOrEqual(1024 ** 2);
    expect(journal.unread('store').whole).toBe(false);
    expect(source.position()).toEqual({ passed: 0n, durable: 40n });
    await source.follow(true);
    expect(sequences(await readAll(source))).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await source.begin(1n, 40n);
    await source.commit(40n);
    expect(source.position()).toEqual({ passed: 40n, durable: 40n });
    await appendEach(journal, 41, 80, 100_000);
    expect(journal.unread('store')).toMatchObject({ whole: true, entries: { length: 40 } });
    await source.follow(false);
    expect(journal.stats().recentBytes).toBeLessThanOrEqual(1024 ** 2);
    await journal.close();
  });

  it('knows how old what waits for it is, though it is not in memory', async () => {
    const { journal, clock } = await openOn(new Disk().fs, HELD);
    const source = await journal.source('store');
    await source.follow(false);
    for (const age of [1, 2]) {
      await appendEach(journal, 1, 1);
      clock.advance(1_000);
      await appendEach(journal, 2, 40, 100_000);
      clock.advance(1_000);
      expect(source.lag()).toMatchObject({ entries: 40, oldestMs: 2_000 });
      // What was passed long ago says nothing of what comes later.
      await readAll(source);
      await source.commit(BigInt(40 * age));
      clock.advance(3_600_000);
    }
    await journal.close();
  });

  it('holds no file open, and keeps its place in new ones', async () => {
    const disk = new Disk();
    let handles = 0;
    const open: FileSystem['open'] = async (path, how) => {
      const file = await disk.fs.open(path, how);
      handles++;
      const close = () => {
        handles--;
        return file.close();
      };
      return { ...file, close };
    };
    const { journal } = await openOn({ ...disk.fs, open });
    const source = await journal.source('store');
    await appendEach(journal, 1, 3);
    await readAll(source);
    await source.begin(1n, 2n);
    await source.commit(1n);
    // The segment, and the cursor with its copy.
    expect(handles).toBe(3);
    await source.follow(false);
    expect(handles).toBe(1);
    // What is begun stays so, and what is noted later is noted as durably.
    expect(source.pending()).toMatchObject({ first: 2n, last: 2n });
    await source.commit(2n);
    const again = await openOn(disk.killed().fs);
    expect(sequences(await readAll(await again.journal.source('store')))).toEqual([3]);
    await again.journal.close();
  });

  it('waits for what comes without a timer', async () => {
    const { journal } = await openOn(new Disk().fs);
    const source = await journal.source('store');
    const waited = source.wait(Number.POSITIVE_INFINITY);
    await appendEach(journal, 1, 1);
    await waited;
    const left = new AbortController();
    await readAll(source);
    await source.commit(1n);
    const waiting = source.wait(Number.POSITIVE_INFINITY, left.signal);
    left.abort();
    await waiting;
    await journal.close();
  });
});

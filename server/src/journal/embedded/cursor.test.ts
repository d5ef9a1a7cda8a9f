import { describe, expect, it } from 'vitest';
import { DIR, openOn, readAll } from '../testkit/promises.ts';
import { Disk, makeBatch, randomFrom } from '../testkit.ts';
import { CURSOR_SLOT_BYTES, CursorFile, type CursorState, decodeCursor, encodeCursorSlot } from './cursor.ts';

const JOURNAL = '0f8fad5b-d9cb-469f-a165-70867728950e';
const state = (committed: number, first = 0, last = 0): CursorState => ({
  committed: BigInt(committed),
  begun:
    first > 0 ? { first: BigInt(first), last: BigInt(last), appendedAt: first * 1_000, journal: JOURNAL } : undefined,
});
const path = `${DIR}/store.cursor`;

describe('cursor file', () => {
  it('keeps the newest whole state and takes turns with its slots', () => {
    const old = encodeCursorSlot(6n, state(4, 5, 9));
    const recent = encodeCursorSlot(7n, state(9));
    expect(decodeCursor(Buffer.concat([old, recent]))).toEqual({ generation: 7n, state: state(9) });
    expect(decodeCursor(Buffer.concat([old, Buffer.alloc(CURSOR_SLOT_BYTES)]))?.state).toEqual(state(4, 5, 9));
    expect(decodeCursor(Buffer.alloc(2 * CURSOR_SLOT_BYTES))).toBeUndefined();
    expect(decodeCursor(Buffer.alloc(3))).toBeUndefined();
  });

  it('is either the old or the new state after a write torn at any byte', () => {
    const before = Buffer.concat([encodeCursorSlot(6n, state(4, 5, 9)), encodeCursorSlot(7n, state(9))]);
    const slot = encodeCursorSlot(8n, state(9, 10, 12));
    let changed = 0;
    for (let length = 0; length <= slot.length; length++) {
      const torn = Buffer.from(before);
      slot.copy(torn, 0, 0, length);
      const found = decodeCursor(torn)!;
      expect(found.state).toEqual(found.generation === 8n ? state(9, 10, 12) : state(9));
      if (found.generation === 8n) changed++;
    }
    expect(changed).toBeGreaterThan(0);
    expect(changed).toBeLessThan(slot.length);
  });

  it('is not set back by any flipped bit', () => {
    const whole = Buffer.concat([encodeCursorSlot(6n, state(4, 5, 9)), encodeCursorSlot(7n, state(9))]);
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      expect(decodeCursor(flipped)).toEqual({ generation: 7n, state: state(9) });
    }
  });

  it('survives any power cut between two writes with one of the two states', async () => {
    const random = randomFrom(3);
    for (let run = 0; run < 200; run++) {
      const disk = new Disk(new Map(), [DIR]);
      const cursor = new CursorFile(disk.fs, DIR, 'store', 0n, state(0));
      await cursor.write(state(1));
      await cursor.write(state(1, 2, 5));
      const synced = disk.trace.length;
      await cursor.write(state(5));
      for (let at = synced; at <= disk.trace.length; at++) {
        const left = disk
          .afterPowerCut(() => random() < 0.5, at)
          .files()
          .get(path)!;
        expect([state(1, 2, 5), state(5)]).toContainEqual(decodeCursor(left)?.state);
      }
    }
  });

  it('never writes over the slot that holds the state in force', async () => {
    const disk = new Disk(new Map(), [DIR]);
    const cursor = new CursorFile(disk.fs, DIR, 'store', 0n, state(0));
    await cursor.write(state(1));
    const before = disk.trace.length;
    for (let committed = 2; committed <= 5; committed++) await cursor.write(state(committed));
    const written = disk.trace.slice(before).flatMap((one) => (one.kind === 'write' ? [one.position] : []));
    // Each state goes to both files.
    const twice = [0, CURSOR_SLOT_BYTES, 0, CURSOR_SLOT_BYTES].flatMap((at) => [at, at]);
    expect(written).toEqual(twice);
  });

  it('replaces the file on a new descriptor after a failed sync', async () => {
    const disk = new Disk(new Map(), [DIR]);
    const cursor = new CursorFile(disk.fs, DIR, 'store', 0n, state(0));
    await cursor.write(state(1));
    disk.fault = ({ name }) => (name === 'datasync' ? { outcome: 'EIO', effect: 'none' } : undefined);
    await expect(cursor.write(state(2))).rejects.toMatchObject({ code: 'journal.cursor-failed' });
    expect(cursor.state).toEqual(state(1));
    disk.fault = () => undefined;
    await cursor.write(state(3));
    const left = disk
      .afterPowerCut(() => false)
      .files()
      .get(path)!;
    expect(decodeCursor(left)?.state).toEqual(state(3));
  });

  it('that is damaged or gone is read from its copy; it is said, once, and nothing is read again', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    const source = await journal.source('store');
    for (let id = 1; id <= 5; id++) await journal.append(makeBatch(id));
    await source.begin(1n, 3n);
    await source.commit(3n);
    await source.begin(4n, 5n);
    await journal.close();
    const whole = disk.files().get(path)!;
    const flipped = Buffer.from(whole);
    for (let at = 0; at < flipped.length; at += 512) flipped[at]! ^= 1;
    for (const bytes of [Buffer.alloc(0), flipped, whole.subarray(0, CURSOR_SLOT_BYTES), undefined])
      for (const victim of [path, `${path}-copy`]) {
        const files = new Map(disk.files());
        if (bytes) files.set(victim, bytes);
        else files.delete(victim);
        const broken = new Disk(files);
        const { journal: after } = await openOn(broken.fs);
        const again = await after.source('store');
        expect(again.pending()).toMatchObject({ first: 4n, last: 5n });
        expect((await readAll(again)).map((entry) => entry.sequence)).toEqual([4n, 5n]);
        // A missing copy is what a version before it leaves.
        const silent = (bytes === undefined && victim !== path) || bytes?.length === CURSOR_SLOT_BYTES;
        expect(after.stats().corrupt.damages).toHaveLength(silent ? 0 : 1);
        await after.close();
        const { journal: third } = await openOn(broken.fs);
        expect(third.stats().corrupt.damages).toHaveLength(silent ? 0 : 1);
        await third.close();
      }
  });

  it('that is damaged in one file is whole in both after the next start, before the other is damaged too', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs, { retainMs: 3_600_000 });
    for (let id = 1; id <= 5; id++) await journal.append(makeBatch(id));
    await (await journal.source('store')).commit(3n);
    await journal.close();
    for (const victim of [path, `${path}-copy`]) {
      const files = disk.files();
      const half = Buffer.from(files.get(victim)!.fill(0xff, 0, 600));
      files.set(victim, half);
      const once = new Disk(files);
      // Nothing is committed in this life.
      await (await openOn(once.fs, { retainMs: 3_600_000 })).journal.close();
      const twice = once.files();
      const kept = [...twice].filter(([name]) => /damaged\/store.*\.bytes$/.test(name)).map(([, bytes]) => bytes);
      expect(kept).toEqual([half.subarray(0, CURSOR_SLOT_BYTES)]);
      twice.set(victim === path ? `${path}-copy` : path, Buffer.alloc(0));
      const { journal: after } = await openOn(new Disk(twice).fs, { retainMs: 3_600_000 });
      const read = await readAll(await after.source('store'));
      expect(read.map(({ sequence }) => sequence)).toEqual([4n, 5n]);
      await after.close();
    }
  });

  it('that is wholly damaged sets its consumer to the oldest entry kept, and holds back trimming', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    const source = await journal.source('store');
    for (let id = 1; id <= 5; id++) await journal.append(makeBatch(id));
    await source.commit(3n);
    await journal.close();
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(8192, 0x5a)]) {
      const broken = new Disk(new Map([...disk.files(), [path, bytes], [`${path}-copy`, bytes]]));
      const { journal: after } = await openOn(broken.fs);
      const said = after.stats().corrupt;
      expect(said.entries).toBe(0);
      expect(said.damages).toHaveLength(2);
      for (const one of said.damages) expect(one.reason).toMatch(/consumer store: .*may be stored twice/);
      expect(after.stats().unreadBytes).toBeGreaterThan(0);
      const again = await after.source('store');
      expect((await readAll(again)).map((entry) => entry.sequence)).toEqual([1n, 2n, 3n, 4n, 5n]);
      await again.commit(5n);
      await after.close();
      const { journal: third } = await openOn(broken.fs);
      expect(await readAll(await third.source('store'))).toEqual([]);
    }
  });
});

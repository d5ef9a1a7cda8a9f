import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Meter, silentLog } from '#base';
import { JOURNAL_DEFAULTS } from '../config.ts';
import { nodeFileSystem } from '../fs.ts';
import { DIR, openOn, readAll, SMALL } from '../testkit/promises.ts';
import { Disk, ManualClock, makeBatch } from '../testkit.ts';
import { CURSOR_SLOT_BYTES, decodeCursor, encodeCursorSlot } from './cursor.ts';
import { recordChecksum } from './format.ts';
import { decodeIdentity, encodeIdentity, IDENTITY_FILE } from './identity.ts';
import { inspectJournal } from './inspect.ts';
import { openJournal } from './open.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const path = `${DIR}/${IDENTITY_FILE}`;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hanok-identity-'));
});
afterEach(() => rm(root, { recursive: true }));

const openReal = (dir: string) =>
  openJournal(
    { ...JOURNAL_DEFAULTS, ...SMALL, dir },
    { clock: new ManualClock(), log: silentLog, meter: new Meter(), fs: nodeFileSystem },
  );

async function identityOf(disk: Disk): Promise<string> {
  const { journal } = await openOn(disk.fs);
  await journal.close();
  return journal.identity;
}

describe('identity of a journal', () => {
  it('is given once and kept, also by a directory that is moved', async () => {
    const first = await openReal(join(root, 'a'));
    await first.close();
    expect(first.identity).toMatch(UUID);
    const again = await openReal(join(root, 'a'));
    await again.close();
    expect(again.identity).toBe(first.identity);
    await rename(join(root, 'a'), join(root, 'b'));
    const moved = await openReal(join(root, 'b'));
    await moved.close();
    expect(moved.identity).toBe(first.identity);
    const other = await openReal(join(root, 'c'));
    await other.close();
    expect(other.identity).not.toBe(first.identity);
  });

  it('is another one for a copied directory, which keeps the old one for the range it had begun', async () => {
    const first = await openReal(join(root, 'a'));
    const source = await first.source('store');
    await first.append(makeBatch(1));
    await first.append(makeBatch(2));
    await source.begin(1n, 1n);
    await first.close();
    await cp(join(root, 'a'), join(root, 'copy'), { recursive: true });
    const copy = await openReal(join(root, 'copy'));
    expect(copy.identity).toMatch(UUID);
    expect(copy.identity).not.toBe(first.identity);
    const copied = await copy.source('store');
    expect(copied.journal).toBe(copy.identity);
    expect(copied.pending()).toMatchObject({ first: 1n, last: 1n, journal: first.identity });
    await copied.commit(1n);
    await copied.begin(2n, 2n);
    expect(copied.pending()).toMatchObject({ journal: copy.identity });
    await copy.close();
  });

  it('is given to a journal that was made without one, whose begun range stays without', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs);
    await journal.append(makeBatch(1));
    await (await journal.source('store')).begin(1n, 1n);
    await journal.close();
    const files = new Map([...disk.files()].filter(([name]) => name !== path));
    for (const [name, bytes] of files) if (name.includes('.cursor')) files.set(name, firstVersion(bytes));
    const old = new Disk(files, [DIR]);
    const opened = await openOn(old.fs);
    expect(opened.journal.identity).toMatch(UUID);
    const source = await opened.journal.source('store');
    expect(source.pending()).toMatchObject({ first: 1n, last: 1n, journal: '' });
    expect((await readAll(source)).map(({ sequence }) => sequence)).toEqual([1n]);
    await source.commit(1n);
    expect(opened.journal.stats().corrupt.damages).toEqual([]);
    await opened.journal.close();
    expect(await identityOf(old.killed())).toBe(opened.journal.identity);
  });

  it('survives any flipped bit, and is new when no copy is whole', async () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const page = encodeIdentity({ id, madeAt: 5, inode: 7n });
    for (let at = 0; at < page.length; at++) {
      const flipped = Buffer.from(page);
      flipped[at]! ^= 1 << (at % 8);
      expect(decodeIdentity(flipped)).toEqual({ id, madeAt: 5, inode: 7n });
    }
    const dir = join(root, 'a');
    const first = await openReal(dir);
    await first.close();
    const file = join(dir, IDENTITY_FILE);
    await writeFile(file, (await readFile(file)).fill(255, 16, 20).fill(255, 2064, 2068));
    expect((await inspectJournal(dir)).problems).toMatchObject([{ file: IDENTITY_FILE }]);
    const second = await openReal(dir);
    await second.close();
    expect(second.identity).toMatch(UUID);
    expect(second.identity).not.toBe(first.identity);
    expect((await inspectJournal(dir)).problems).toEqual([]);
  });

  it('keeps no journal from opening when it cannot be read or written', async () => {
    const disk = new Disk();
    disk.fault = (call) => (call.path.includes(IDENTITY_FILE) ? { outcome: 'ENOSPC', effect: 'none' } : undefined);
    const { journal } = await openOn(disk.fs);
    expect(journal.identity).toMatch(UUID);
    const source = await journal.source('store');
    await journal.append(makeBatch(1));
    await source.begin(1n, 1n);
    await journal.close();
    const next = disk.killed();
    const opened = await openOn(next.fs);
    expect((await opened.journal.source('store')).pending()).toMatchObject({ journal: journal.identity });
    await opened.journal.close();
  });

  it('refuses what a later version wrote', async () => {
    const page = encodeIdentity({ id: '0f8fad5b-d9cb-469f-a165-70867728950e', madeAt: 5, inode: 0n });
    page.writeUInt16LE(9, 8);
    page.writeUInt32LE(recordChecksum(page, 0, 64), 12);
    const disk = new Disk(new Map([[path, page]]), [DIR]);
    await expect(openOn(disk.fs)).rejects.toMatchObject({ code: 'journal.newer-format' });
  });
});

describe('cursor of version 1', () => {
  it('is read, and its program finds a newer version in ours', () => {
    const begun = { first: 3n, last: 4n, appendedAt: 9, journal: '0f8fad5b-d9cb-469f-a165-70867728950e' };
    const slot = encodeCursorSlot(2n, { committed: 2n, begun });
    // The check that version 1 made.
    expect(slot.readUInt32LE(12)).toBe(recordChecksum(slot, 0, 64));
    expect(slot.readUInt16LE(8)).toBe(2);
    expect(decodeCursor(firstVersion(slot))).toEqual({
      generation: 2n,
      state: { committed: 2n, begun: { ...begun, journal: '' } },
    });
  });
});

/** The bytes that version 1 would have written. */
function firstVersion(file: Buffer): Buffer {
  const bytes = Buffer.from(file);
  for (let at = 0; at < bytes.length; at += CURSOR_SLOT_BYTES / 2) {
    if (bytes.readUInt16LE(at + 8) !== 2) continue;
    bytes.writeUInt16LE(1, at + 8);
    bytes.fill(0, at + 64, at + 96);
    bytes.writeUInt32LE(recordChecksum(bytes, at, 64), at + 12);
  }
  return bytes;
}

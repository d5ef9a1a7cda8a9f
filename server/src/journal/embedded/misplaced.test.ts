import { describe, expect, it } from 'vitest';
import type { Entry } from '#base';
import { DIR, openOn, readAll } from '../testkit/promises.ts';
import { batchId, Disk, makeBatch } from '../testkit.ts';
import { SEGMENT_HEADER_BYTES } from './format.ts';
import { inspectJournal } from './inspect.ts';

const COUNT = 10;
/** Size of the entry that is copied; more than all the others together. */
const LARGE_BYTES = 3_000;
const path = `${DIR}/0000000000000001.segment`;
const everything = { maxBytes: 1e9, maxEntries: 1e9 };

/** Ten entries of one segment, `ends[i]`: where entry `i` ends. */
async function entries(large?: number): Promise<{ disk: Disk; ends: number[] }> {
  const disk = new Disk();
  const { journal } = await openOn(disk.fs, { segmentBytes: 128 * 1024 });
  await journal.source('store');
  const ends = [SEGMENT_HEADER_BYTES];
  for (let id = 1; id <= COUNT; id++) {
    await journal.append(makeBatch(id, id === large ? LARGE_BYTES : 100));
    ends.push(journal.stats().bytes);
  }
  await journal.close();
  return { disk, ends };
}

/** The disk with `bytes` bytes of entry `from` written over the beginning of entry `to`. */
function misplaced({ disk, ends }: { disk: Disk; ends: number[] }, from: number, to: number, bytes: number): Disk {
  const content = disk.files().get(path)!;
  content.copyWithin(ends[to - 1]!, ends[from - 1]!, ends[from - 1]! + bytes);
  return new Disk(new Map([...disk.files(), [path, content]]));
}

const sequences = (read: readonly Entry[]) => read.map((entry) => Number(entry.sequence));
const allBut = (...gone: number[]) =>
  Array.from({ length: COUNT }, (_, i) => i + 1).filter((sequence) => !gone.includes(sequence));

describe('an entry written to a wrong place', () => {
  it.each([
    { from: 2, what: 'an older one' },
    { from: 9, what: 'a later one' },
  ])('hides none behind it, though its header says it is long ($what)', async ({ from }) => {
    const whole = await entries(from);
    for (const to of [4, 7]) {
      // The header and a little, as much as the place holds.
      const { journal } = await openOn(misplaced(whole, from, to, whole.ends[to]! - whole.ends[to - 1]!).fs);
      const source = await journal.source('store');
      const read = await readAll(source);
      expect(sequences(read), `${from} over ${to}`).toEqual(allBut(to));
      for (const { sequence, batch } of read) expect(batchId(batch)).toBe(Number(sequence));
      expect(journal.stats().corrupt.damages).toMatchObject([{ first: BigInt(to), last: BigInt(to) }]);
      expect(journal.stats().corrupt.entries).toBe(1);
      await source.commit(BigInt(COUNT));
      expect(await readAll(source)).toEqual([]);
      await journal.close();
    }
  });

  it.each([
    { from: 2, to: 5 },
    { from: 9, to: 5 },
  ])('does not mislead a consumer that had come past it ($from over $to)', async ({ from, to }) => {
    const whole = await entries(from);
    for (const committed of [5, 6, 7]) {
      const disk = new Disk(whole.disk.files());
      const opened = await openOn(disk.fs, { retainMs: 3_600_000 });
      await (await opened.journal.source('store')).commit(BigInt(committed));
      await opened.journal.close();
      const broken = misplaced({ disk, ends: whole.ends }, from, to, whole.ends[to]! - whole.ends[to - 1]!);
      const { journal } = await openOn(broken.fs, { retainMs: 3_600_000 });
      const read = await readAll(await journal.source('store'));
      expect(sequences(read)).toEqual(allBut().filter((sequence) => sequence > committed));
      expect(journal.stats().corrupt.entries).toBe(0);
      await journal.close();
    }
  });

  it.each([
    { from: 2, to: 5 },
    { from: 9, to: 5 },
    { from: 2, to: 10 },
    { from: 10, to: 9 },
    { from: 10, to: 1 },
  ])('costs no other entry when it is whole ($from over $to)', async ({ from, to }) => {
    const whole = await entries();
    const broken = misplaced(whole, from, to, whole.ends[from]! - whole.ends[from - 1]!);
    const { problems } = await inspectJournal(DIR, broken.fs);
    expect(problems).toEqual([{ file: '0000000000000001.segment', what: expect.stringContaining('out of order') }]);
    const { journal } = await openOn(broken.fs);
    const source = await journal.source('store');
    const read = await readAll(source);
    expect(sequences(read)).toEqual(allBut(to));
    for (const { sequence, batch } of read) expect(batchId(batch)).toBe(Number(sequence));
    // A number that was given out is not given out again, unless nothing tells that it was.
    expect(await journal.append(makeBatch(50))).toBe(BigInt(to === COUNT ? COUNT : COUNT + 1));
    expect(sequences(await source.read(everything)).at(-1)).toBe(to === COUNT ? COUNT : COUNT + 1);
    await journal.close();
  });

  it('hides none behind it when nothing else is left of the entry it is of', async () => {
    const whole = await entries();
    const header = whole.ends[COUNT]! - whole.ends[COUNT - 1]! - 20;
    const files = misplaced(whole, COUNT, 4, header).files();
    files.set(path, files.get(path)!.subarray(0, whole.ends[COUNT - 1]!));
    const { journal } = await openOn(new Disk(files).fs);
    expect(sequences(await readAll(await journal.source('store')))).toEqual(allBut(4, COUNT));
    await journal.close();
  });

  it('does not lead a consumer past what it has not seen, with the length of another', async () => {
    const whole = await entries(1);
    const opened = await openOn(whole.disk.fs, { retainMs: 3_600_000 });
    await (await opened.journal.source('store')).commit(2n);
    await opened.journal.close();
    const content = whole.disk.files().get(path)!;
    const [first, second] = [whole.ends[0]!, whole.ends[1]!];
    // Header 2, then header 1 with its great length, in places that would be in order if taken by their looks.
    content.copyWithin(first, second, second + 88);
    whole.disk
      .files()
      .get(path)!
      .copy(content, second, first, first + 150);
    const { journal } = await openOn(new Disk(new Map([...whole.disk.files(), [path, content]])).fs);
    expect(sequences(await readAll(await journal.source('store')))).toEqual(allBut(1, 2));
    await journal.close();
  });
});

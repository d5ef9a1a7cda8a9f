import { describe, expect, it } from 'vitest';
import type { Entry } from '#base';
import { DIR, openOn, readAll } from '../testkit/promises.ts';
import { Disk, makeBatch } from '../testkit.ts';
import { inspectJournal } from './inspect.ts';

const BYTES = 1_000;
/** An entry of one block for a tenant with a name of 8 letters (FORMAT.md). */
const ENTRY_BYTES = 88 + 8 + 12 + BYTES;
const PER_SEGMENT = 3;
const SEGMENT_BYTES = 8 * 1024;
const sequences = (entries: readonly Entry[]) => entries.map((entry) => Number(entry.sequence));
const through = (last: bigint) => ({ maxBytes: 1e9, maxEntries: 1e9, last });
const segmentPath = (number: number) => `${DIR}/${String(number).padStart(16, '0')}.segment`;

/** Twelve entries in segments of three; 1 to 3 are committed, 4 to `last` are begun. */
async function begun(last: bigint): Promise<Map<string, Buffer>> {
  const disk = new Disk();
  const { journal } = await openOn(disk.fs, { segmentBytes: SEGMENT_BYTES, retainMs: 3_600_000 });
  const source = await journal.source('store');
  for (let id = 1; id <= 12; id++) await journal.append(makeBatch(id, BYTES));
  await source.commit(3n);
  await source.begin(4n, last);
  await journal.close();
  return disk.files();
}

/**
 * What the store does after a crash: it reads exactly the begun range, inserts what comes and commits its end. Nobody
 * asks for that range again, so what is missing of it must be on record by then.
 */
async function replay(files: Map<string, Buffer>) {
  const { journal, meter } = await openOn(new Disk(files).fs, { segmentBytes: SEGMENT_BYTES, retainMs: 3_600_000 });
  const source = await journal.source('store');
  const { last } = source.pending()!;
  const read = sequences(await source.read(through(last)));
  await source.commit(last);
  const missing = journal.stats().corrupt;
  const rest = sequences(await readAll(source));
  const all = journal.stats().corrupt;
  await journal.close();
  const counted = meter.samples().find((one) => one.name === 'hanok_journal_corrupt_entries_total')?.value;
  return { read, missing, rest, all, counted };
}

describe('damage in a begun range', () => {
  it('is on record before it is committed when the whole range is gone with its segment', async () => {
    const files = await begun(6n);
    files.delete(segmentPath(2));
    const { read, missing, rest, all, counted } = await replay(files);
    expect(read).toEqual([]);
    expect(missing.damages).toMatchObject([{ first: 4n, last: 6n, acknowledged: true }]);
    expect(missing.entries).toBe(3);
    expect(rest).toEqual([7, 8, 9, 10, 11, 12]);
    expect(all.entries).toBe(3);
    expect(counted).toBe(3);
  });

  it.each([
    { what: 'its last entry', last: 5, from: 5, to: 5 },
    { what: 'its last entry and one more behind it', last: 10, from: 10, to: 11 },
    { what: 'all of it, inside a segment', last: 4, from: 4, to: 4 },
    { what: 'all that follows in its segment', last: 5, from: 5, to: 6 },
    { what: 'a whole segment, the range ending inside it', last: 8, from: 7, to: 9 },
  ])('is on record before it is committed when it is $what', async ({ last, from, to }) => {
    const files = await begun(BigInt(last));
    for (let id = from; id <= to; id++) {
      const offset = 4096 + ((id - 1) % PER_SEGMENT) * ENTRY_BYTES;
      files.get(segmentPath(Math.ceil(id / PER_SEGMENT)))!.fill(0xff, offset, offset + ENTRY_BYTES);
    }
    const { read, missing, rest, all, counted } = await replay(files);
    const range = (first: number, end: number) => Array.from({ length: end - first + 1 }, (_, i) => first + i);
    expect(read).toEqual(range(4, from - 1));
    expect(missing.damages).toMatchObject([{ first: BigInt(from), last: BigInt(last), acknowledged: true }]);
    expect(rest).toEqual(range(to + 1, 12));
    expect(all.entries).toBe(to - from + 1);
    expect(counted).toBe(to - from + 1);
  });

  it('leaves it the name it was begun with, also when its first entry is gone', async () => {
    const disk = new Disk();
    const { journal } = await openOn(disk.fs, { segmentBytes: SEGMENT_BYTES, retainMs: 3_600_000 });
    const source = await journal.source('store');
    for (let id = 1; id <= 6; id++) await journal.append(makeBatch(id, BYTES));
    const [first] = await source.read(through(6n));
    await source.begin(1n, 6n);
    await journal.close();
    const files = disk.files();
    files.get(segmentPath(1))!.fill(0xff, 4096, 4096 + ENTRY_BYTES);
    const reopened = await openOn(new Disk(files).fs, { segmentBytes: SEGMENT_BYTES, retainMs: 3_600_000 });
    const again = await reopened.journal.source('store');
    expect(sequences(await again.read(through(6n)))).toEqual([2, 3, 4, 5, 6]);
    expect(first!.appendedAt).toBeGreaterThan(0);
    expect(again.pending()).toMatchObject({ first: 1n, last: 6n, appendedAt: first!.appendedAt });
    expect(again.pending()!.journal).toBe(journal.identity);
    await reopened.journal.close();
  });

  it.each([
    { what: 'its nonce', at: 4096 + 6 },
    { what: 'all of it', at: undefined },
  ])('costs no more than the entry when a segment header is gone and of its first entry $what', async ({ at }) => {
    const files = await begun(6n);
    const segment = files.get(segmentPath(2))!;
    segment.fill(0xff, 0, 4096);
    if (at === undefined) segment.fill(0, 4096, 4096 + ENTRY_BYTES);
    else segment[at]! ^= 4;
    const { whole, problems } = await inspectJournal(DIR, new Disk(files).fs);
    expect(whole).toBe(11);
    expect(problems).toMatchObject([{ what: expect.stringContaining('its header is damaged') }]);
    const { read, missing, rest, all } = await replay(files);
    expect(read).toEqual([5, 6]);
    expect(missing.damages).toMatchObject([{ first: 4n, last: 4n, acknowledged: true }]);
    expect(rest).toEqual([7, 8, 9, 10, 11, 12]);
    expect(all.entries).toBe(1);
  });

  it.each([
    { what: 'in its marker', spoilt: [20, 2048 + 20, 4096 + 1] },
    { what: 'in its nonce', spoilt: [20, 2048 + 20, 4096 + 7] },
    { what: 'in all three nonces', spoilt: [24, 2048 + 25, 4096 + 7] },
    { what: 'and one of the header’s copies is zeros', spoilt: [2048 + 20, 4096 + 7], zeros: true },
  ])('costs the first entry when all that begins the newest segment is spoilt, $what', async ({ spoilt, zeros }) => {
    const files = await begun(9n);
    const newest = files.get(segmentPath(4))!;
    for (const at of spoilt) newest[at]! ^= 4;
    if (zeros) newest.fill(0, 0, 512);
    expect((await inspectJournal(DIR, new Disk(files).fs)).whole).toBe(11);
    const { read, missing, rest, all } = await replay(files);
    expect(read).toEqual([4, 5, 6, 7, 8, 9]);
    expect(missing.entries).toBe(0);
    expect(rest).toEqual([11, 12]);
    expect(all.damages).toMatchObject([{ first: 10n, last: 10n, acknowledged: true }]);
  });

  it('is on record when the newest segment cannot be read at all, and its numbers are not given out again', async () => {
    const files = await begun(6n);
    files.get(segmentPath(4))!.fill(0, 0, 4096 + ENTRY_BYTES);
    const { journal } = await openOn(new Disk(files).fs, { segmentBytes: SEGMENT_BYTES, retainMs: 3_600_000 });
    const source = await journal.source('store');
    await source.commit(6n);
    expect(sequences(await readAll(source))).toEqual([7, 8, 9]);
    expect(Number(await journal.append(makeBatch(13, BYTES)))).toBeGreaterThan(12);
    await source.commit(9n);
    expect(sequences(await readAll(source)).length).toBe(1);
    expect(journal.stats().corrupt.damages).not.toEqual([]);
    await journal.close();
  });

  it('is passed when nothing is left behind it, by a consumer that is told to come for it', async () => {
    const files = await begun(6n);
    files.delete(segmentPath(3));
    files.set(segmentPath(4), Buffer.from(files.get(segmentPath(4))!.subarray(0, 4096)));
    const { journal } = await openOn(new Disk(files).fs, { segmentBytes: SEGMENT_BYTES, retainMs: 3_600_000 });
    const source = await journal.source('store');
    await source.commit(6n);
    // A lag of nothing together with a wait that ends at once is a consumer that turns without rest.
    expect(source.lag().entries).toBe(3);
    expect(await readAll(source)).toEqual([]);
    expect(journal.stats().corrupt.damages).toMatchObject([{ first: 7n, last: 9n }]);
    expect(source.lag()).toMatchObject({ entries: 0, bytes: 0, records: 0 });
    const began = performance.now();
    await source.wait(50);
    expect(performance.now() - began).toBeGreaterThan(40);
    await journal.close();
  });

  it('is on record when its segment is gone and the next one’s header too', async () => {
    const files = await begun(6n);
    files.delete(segmentPath(2));
    files.get(segmentPath(3))!.fill(0xff, 0, 4096);
    const { read, rest, all } = await replay(files);
    expect(read).toEqual([]);
    expect(rest).toEqual([7, 8, 9, 10, 11, 12]);
    expect(all.entries).toBe(3);
  });

  it('ends it, and is on record, when the journal is cut off inside it', async () => {
    const files = await begun(12n);
    files.set(segmentPath(4), Buffer.from(files.get(segmentPath(4))!.subarray(0, 4096 + ENTRY_BYTES + 500)));
    const { read, missing, rest } = await replay(files);
    expect(read).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(missing.damages).toContainEqual(expect.objectContaining({ first: 11n, last: 12n, acknowledged: true }));
    expect(rest).toEqual([]);
  });
});

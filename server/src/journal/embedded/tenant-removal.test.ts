import { expect, it } from 'vitest';
import { openOn, SMALL } from '../testkit/promises.ts';
import { batchId, Disk, makeBatch } from '../testkit.ts';

const everything = { maxBytes: 1e9, maxEntries: 1e9 };
const A = 'tenant-a';
const B = 'tenant-b';

it('ends the segment that has a tenant’s entries and tells when the last of them is gone', async () => {
  const disk = new Disk();
  const { journal, clock } = await openOn(disk.fs, { ...SMALL, retainMs: 1_000 });
  const source = await journal.source('store');
  await journal.append(makeBatch(1, 64, A));
  await journal.append(makeBatch(2, 64, B));
  const { removal } = journal;
  const { last } = removal;
  expect((await removal.held(A)).bytes).toBeGreaterThan(64);
  expect(removal.passed).toBe(0n);
  await removal.endSegment(last);
  expect(removal.remaining(last)).toEqual({ goneAt: undefined });
  await source.read(everything);
  await source.begin(1n, 2n);
  await source.commit(2n);
  expect(removal.passed).toBe(last);
  expect(removal.remaining(last)).toEqual({ goneAt: clock.now() + 1_000 });
  clock.advance(1_000);
  await removal.endSegment(last);
  await expect.poll(() => removal.remaining(last)).toBeUndefined();
  expect(await removal.held(A)).toMatchObject({ bytes: 0 });
  // Those who stay go on.
  expect(await journal.append(makeBatch(3, 64, B))).toBe(3n);
  expect((await source.read(everything)).map(({ batch }) => batchId(batch))).toEqual([3]);
  await journal.close();
});

it('takes a tenant out of what was put aside, and leaves the others’', async () => {
  const disk = new Disk();
  const { journal } = await openOn(disk.fs);
  const source = await journal.source('store');
  for (const [id, tenant] of [A, B, A, A].entries()) await journal.append(makeBatch(id + 1, 64, tenant));
  const entries = await source.read(everything);
  await source.putAside(entries.slice(0, 2), 'mixed');
  await source.putAside(entries.slice(2), 'its own');
  expect(await journal.removal.held(A)).toMatchObject({ deadLetters: 3, unknown: 0 });
  await journal.removal.removeAside(A);
  await journal.removal.removeAside(A);
  expect(await journal.removal.held(A)).toMatchObject({ deadLetters: 0 });
  const [file] = journal.stats().deadLetters.files;
  expect(journal.stats().deadLetters).toMatchObject({ entries: 1, files: [{ reason: 'mixed', tenants: { [B]: 1 } }] });
  await journal.close();

  const again = await openOn(disk.fs);
  expect(again.journal.stats().deadLetters).toMatchObject({ entries: 1 });
  const left = await again.journal.readDeadLetter(file!.file);
  expect(left.map(({ batch, sequence }) => [batch.tenant, sequence])).toEqual([[B, 2n]]);
  await again.journal.close();
});

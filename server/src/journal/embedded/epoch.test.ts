import { expect, it } from 'vitest';
import { openOn, readAll } from '../testkit/promises.ts';
import { Disk, makeBatch } from '../testkit.ts';

it('is the same while everything that was appended is kept, and another one in another journal', async () => {
  const { journal } = await openOn(new Disk().fs);
  const { epoch } = journal;
  const source = await journal.source('store');
  for (let id = 1; id <= 3; id++) await journal.append(makeBatch(id));
  await source.begin(1n, 2n);
  await source.putAside([], 'nothing');
  await source.commit(2n);
  expect(journal.epoch).toBe(epoch);
  expect((await openOn(new Disk().fs)).journal.epoch).not.toBe(epoch);
});

it('is another one once entries were put aside, a consumer was set back or says that its store may have lost some', async () => {
  const { journal } = await openOn(new Disk().fs);
  const source = await journal.source('store');
  for (let id = 1; id <= 3; id++) await journal.append(makeBatch(id));
  const entries = await readAll(source);
  const seen = new Set([journal.epoch]);
  await source.putAside(entries.slice(0, 1), 'poison');
  seen.add(journal.epoch);
  await source.commit(3n);
  await journal.rewind('store', 2n);
  seen.add(journal.epoch);
  source.raiseEpoch('the engine was started again');
  seen.add(journal.epoch);
  expect(seen.size).toBe(4);
});

it('is another one once an acknowledged entry is found damaged', async () => {
  const disk = new Disk();
  const first = await openOn(disk.fs);
  for (let id = 1; id <= 3; id++) await first.journal.append(makeBatch(id, 2_000));
  await first.journal.close();
  const files = disk.files();
  const [path, bytes] = [...files].find(([name]) => name.endsWith('.segment'))!;
  bytes.fill(0xff, 4096 + 1_000, 4096 + 1_010);
  const { journal } = await openOn(new Disk(new Map([...files, [path, bytes]])).fs);
  const { epoch } = journal;
  expect((await readAll(await journal.source('store'))).length).toBe(2);
  expect(journal.stats().corrupt.entries).toBe(1);
  expect(journal.epoch).not.toBe(epoch);
});

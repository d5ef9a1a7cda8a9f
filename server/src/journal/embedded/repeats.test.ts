import { expect, it } from 'vitest';
import { openOn, readAll } from '../testkit/promises.ts';
import { Disk, ManualClock, makeBatch } from '../testkit.ts';

const request = (id: number, fingerprint = 7_000 + id) => ({ ...makeBatch(id, 500), fingerprint });

async function crashed(disk: Disk, clock = new ManualClock()) {
  return openOn(disk.afterPowerCut(() => true).fs, {}, clock, 2);
}

it('answers a request that was stored when the power went with where it lies, once', async () => {
  const disk = new Disk();
  const before = await openOn(disk.fs);
  const first = await before.journal.append(request(1));
  const { journal } = await crashed(disk);
  expect(await journal.append(request(1))).toBe(first);
  expect(await readAll(await journal.source('store'))).toHaveLength(1);
  // The same again is another request that happens to be alike: its sender has had its answer.
  expect(await journal.append(request(1))).toBeGreaterThan(first);
  await journal.close();
});

it('recognises as many repeats as were stored', async () => {
  const disk = new Disk();
  const before = await openOn(disk.fs);
  const stored = [await before.journal.append(request(1)), await before.journal.append(request(1))];
  const { journal } = await crashed(disk);
  expect([await journal.append(request(1)), await journal.append(request(1))]).toEqual(stored);
  await journal.close();
});

it('stores what differs in bytes, times or tenant, and what has no fingerprint', async () => {
  const disk = new Disk();
  const before = await openOn(disk.fs);
  const last = await before.journal.append(request(1));
  const nameless = await before.journal.append(makeBatch(2, 500));
  const { journal } = await crashed(disk);
  const others = [
    request(1, 1),
    { ...request(1), minTime: 5n },
    { ...request(1), tenant: makeBatch(1, 500, 'tenant-b').tenant },
    makeBatch(2, 500),
  ];
  for (const other of others) expect(await journal.append(other)).toBeGreaterThan(nameless);
  expect(last).toBeLessThan(nameless);
  await journal.close();
});

it('recognises a repeat of what lies in front of a segment just begun', async () => {
  const disk = new Disk();
  const before = await openOn(disk.fs);
  const stored = [];
  for (let id = 1; id <= 30; id++) stored.push(await before.journal.append(request(id)));
  expect(before.journal.stats().segments).toBeGreaterThan(1);
  const { journal } = await crashed(disk);
  const newestSegment = 12 * 1024;
  const inTwo = Math.floor(newestSegment / 700);
  for (let id = 31 - inTwo; id <= 30; id++) expect(await journal.append(request(id))).toBe(stored[id - 1]);
  await journal.close();
});

it('forgets in time, and never knew what had its answer long before', async () => {
  const disk = new Disk();
  const clock = new ManualClock();
  const before = await openOn(disk.fs, {}, clock);
  const old = await before.journal.append(request(1));
  clock.advance(60_000);
  const late = await before.journal.append(request(2));
  const { journal } = await crashed(disk, clock);
  expect(await journal.append(request(1))).toBeGreaterThan(old);
  clock.advance(11 * 60_000);
  expect(await journal.append(request(2))).toBeGreaterThan(late);
  await journal.close();
});

/**
 * What durability costs the journal: appended MB/s and append latency for 64 KiB batches at 1, 16 and 64 appends in
 * flight, with every group synced and with syncs left out, beside the bare disk (one write and one fdatasync of the
 * same size at a time). Run: node bench/journal.ts [--dir path] [--seconds 3]. The last line is JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TenantId } from '@hanok/contract';
import { type Batch, LAYOUT_VERSION, Meter, silentLog, systemClock } from '../server/src/base/index.ts';
import {
  type FileSystem,
  JOURNAL_DEFAULTS,
  type JournalFile,
  nodeFileSystem,
  openJournal,
} from '../server/src/journal/index.ts';

const { values } = parseArgs({
  options: { dir: { type: 'string', default: tmpdir() }, seconds: { type: 'string', default: '3' } },
});
const SECONDS = Number(values.seconds);
const BATCH_BYTES = 64 * 1024;
const MB = 1e6;

/** The same file system, but a sync returns at once: what acknowledging from the page cache would give. */
const unsynced: FileSystem = {
  ...nodeFileSystem,
  async open(path, how) {
    const file = await nodeFileSystem.open(path, how);
    const rest: JournalFile = {
      writev: (buffers, position) => file.writev(buffers, position),
      read: (target, offset, length, position) => file.read(target, offset, length, position),
      datasync: () => Promise.resolve(),
      truncate: (length) => file.truncate(length),
      size: () => file.size(),
      inode: () => file.inode(),
      close: () => file.close(),
    };
    return rest;
  },
};

interface Row {
  readonly what: string;
  readonly concurrency: number;
  readonly megabytesPerSecond: number;
  readonly batchesPerSecond: number;
  readonly batchesPerSync: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds of this process per MB. */
  readonly cpu: number;
}

function batch(): Batch {
  const bytes = Buffer.alloc(BATCH_BYTES);
  for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE((i * 2_654_435_761) >>> 0, i);
  return {
    tenant: 'tenant-a' as TenantId,
    signal: 'logs',
    layoutVersion: LAYOUT_VERSION,
    records: 400,
    minTime: 1n,
    maxTime: 2n,
    blocks: [{ table: 'logs', rows: 400, bytes }],
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

async function measure(fs: FileSystem, what: string, concurrency: number): Promise<Row> {
  const dir = mkdtempSync(join(values.dir, 'hanok-bench-journal-'));
  const meter = new Meter();
  const journal = await openJournal(
    // Passed segments go at once, so that the run's length is not bound by the disk's size.
    { ...JOURNAL_DEFAULTS, dir, name: 'bench', diskReserveBytes: 0, retainMs: 0 },
    { clock: systemClock, log: silentLog, meter, fs },
  );
  const source = await journal.source('store');
  const one = batch();
  const latencies: number[] = [];
  let stop = false;
  const consumer = (async () => {
    while (!stop) {
      const entries = await source.read({ maxBytes: 64 * 1024 * 1024, maxEntries: 10_000 });
      const last = entries.at(-1)?.sequence;
      if (last === undefined) await source.wait(50);
      else {
        await source.commit(last);
        // Few fat reads as a store does, else its commits (each a sync) would be half of the disk's work; often enough
        // that it is served from memory.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  })();
  const run = async (until: number, keep: boolean) => {
    while (performance.now() < until) {
      const started = performance.now();
      await journal.append(one);
      if (keep) latencies.push(performance.now() - started);
    }
  };
  const all = (milliseconds: number, keep: boolean) => {
    const until = performance.now() + milliseconds;
    return Promise.all(Array.from({ length: concurrency }, () => run(until, keep)));
  };
  await all(300, false);
  const groups = meter.counter('hanok_journal_groups_total', '', { journal: 'bench' });
  const groupsBefore = groups.value;
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await all(SECONDS * 1_000, true);
  const seconds = (performance.now() - started) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  const syncs = groups.value - groupsBefore;
  stop = true;
  await consumer;
  await journal.close();
  rmSync(dir, { recursive: true, force: true });
  latencies.sort((a, b) => a - b);
  const megabytes = (latencies.length * BATCH_BYTES) / MB;
  return {
    what,
    concurrency,
    megabytesPerSecond: megabytes / seconds,
    batchesPerSecond: latencies.length / seconds,
    batchesPerSync: latencies.length / Math.max(1, syncs),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpu: (cpu.user + cpu.system) / 1_000 / megabytes,
  };
}

/** The limit for one append at a time: nothing but the write and the sync. */
async function bareDisk(): Promise<Row> {
  const dir = mkdtempSync(join(values.dir, 'hanok-bench-journal-'));
  const file = await nodeFileSystem.open(join(dir, 'bare'), 'create');
  const { bytes } = batch().blocks[0]!;
  const latencies: number[] = [];
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  for (let at = 0; performance.now() - started < SECONDS * 1_000; at += bytes.length) {
    const begun = performance.now();
    await file.writev([bytes], at);
    await file.datasync();
    latencies.push(performance.now() - begun);
  }
  const seconds = (performance.now() - started) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  await file.close();
  rmSync(dir, { recursive: true, force: true });
  latencies.sort((a, b) => a - b);
  const megabytes = (latencies.length * BATCH_BYTES) / MB;
  return {
    what: 'bare write + fdatasync',
    concurrency: 1,
    megabytesPerSecond: megabytes / seconds,
    batchesPerSecond: latencies.length / seconds,
    batchesPerSync: 1,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpu: (cpu.user + cpu.system) / 1_000 / megabytes,
  };
}

const rows: Row[] = [await bareDisk()];
for (const concurrency of [1, 16, 64]) {
  rows.push(await measure(nodeFileSystem, 'durable', concurrency));
  rows.push(await measure(unsynced, 'without sync', concurrency));
}

console.log('64 KiB batches                in flight     MB/s  batches/s  per sync   p50 ms   p99 ms  CPU ms/MB');
for (const row of rows)
  console.log(
    `${row.what.padEnd(30)}${String(row.concurrency).padStart(9)}${row.megabytesPerSecond.toFixed(1).padStart(9)}` +
      `${row.batchesPerSecond.toFixed(0).padStart(11)}${row.batchesPerSync.toFixed(1).padStart(10)}` +
      `${row.p50.toFixed(2).padStart(9)}${row.p99.toFixed(2).padStart(9)}${row.cpu.toFixed(2).padStart(11)}`,
  );
const speed = (what: string, concurrency: number) =>
  rows.find((row) => row.what === what && row.concurrency === concurrency)?.megabytesPerSecond ?? 0;
const ratios = Object.fromEntries(
  [1, 16, 64].map((n) => [
    `durableToUnsynced${n}`,
    Number((speed('durable', n) / speed('without sync', n)).toFixed(3)),
  ]),
);
const bare = Number((speed('durable', 1) / rows[0]!.megabytesPerSecond).toFixed(3));
const round = (row: Row) =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toFixed(3)) : value]),
  );
console.log(
  JSON.stringify({
    bench: 'journal',
    batchBytes: BATCH_BYTES,
    rows: rows.map(round),
    ratios: { ...ratios, durableToBareDisk: bare },
  }),
);

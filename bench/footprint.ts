/**
 * Memory of all processes at rest before and after load, time to ready, and bytes on disk per record against zstd -3.
 * `npm run bench -- footprint [--rest 60] [--load 2m] [--rest-after 120] [--records 1m] [--starts 5] [--seed 1]
 *   [--only memory,start,disk] [--columns]`
 *
 * Memory: two tenants, one in a silo. `alone` counts every page once over all our processes: what PSS would be if nothing
 * else on the machine ran from the same files; the goal is judged by it. Load goes half to each tenant, logs and spans.
 * Start: on the data directory that the load has filled (or an empty one without load), page cache warm.
 * Disk: the seed's shop and the bench's own records (whose ids and words are random), merged as far as the engine does by itself;
 * after OPTIMIZE FINAL for comparison. `--columns` lists what each column costs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Instance, openInstance } from '../e2e/instance.ts';
import { columnCosts, type DataSet, measureDisk } from './footprint/disk.ts';
import { settled } from './footprint/engine.ts';
import { type Memory, readMemory } from './footprint/memory.ts';
import { type Post, post } from './footprint/post.ts';
import { openHandles, processesOf } from './footprint/processes.ts';
import { startTime } from './footprint/start-time.ts';
import { encodeLogs, encodeSpans } from './otlp.ts';

const GOAL_PSS_MB = 450;
const GOAL_READY_MS = 1_500;
const GOAL_RATIO = 1;
const PER_REQUEST = 1_000;
const ENV = {
  HANOK_LOG_LEVEL: 'error',
  // Engines are measured as they work; what sleeping ones cost is for `sleep`.
  HANOK_ENGINE_IDLE: '0',
  // One sender going flat out: its limits are not what is measured.
  HANOK_TENANT_RECORDS_PER_SECOND: '100000000',
  HANOK_TENANT_BYTES_PER_SECOND: '100GiB',
};

const { values } = parseArgs({
  options: {
    rest: { type: 'string', default: '60' },
    load: { type: 'string', default: '2m' },
    'rest-after': { type: 'string', default: '120' },
    records: { type: 'string', default: '1m' },
    starts: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: 'memory,start,disk' },
    columns: { type: 'boolean', default: false },
  },
});
const amount = (text: string) =>
  Math.round(Number.parseFloat(text) * ({ k: 1e3, m: 1e6 }[text.at(-1)!.toLowerCase()] ?? 1));
const wanted = new Set(values.only.split(','));
const load = amount(values.load);
const endMs = Date.now();
const mb = (bytes: number) => Math.round(bytes / 1024 ** 2);
const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
const summary: Record<string, unknown> = { bench: 'footprint', seed: Number(values.seed), load };
const verdicts: Array<readonly [what: string, figure: string, goal: string, kept: boolean]> = [];

function table(title: string, memory: Memory): void {
  console.log(`\n${title} (MiB)\nprocess                 rss   pss  anonymous  file-backed  threads  handles`);
  for (const one of memory.processes)
    console.log(
      `${one.what.padEnd(20)} ${String(mb(one.rss)).padStart(6)} ${String(mb(one.pss)).padStart(5)} ${String(mb(one.anonymous)).padStart(10)} ${String(mb(one.fileBacked)).padStart(12)} ${String(one.threads).padStart(8)} ${String(one.handles).padStart(8)}`,
    );
  console.log(
    `together: pss ${mb(memory.pss)}, anonymous ${mb(memory.anonymous)}, file pages once ${mb(memory.files)}, alone ${mb(memory.alone)}`,
  );
}

function figures(memory: Memory) {
  return { pssMb: mb(memory.pss), anonymousMb: mb(memory.anonymous), aloneMb: mb(memory.alone) };
}

async function rest(instance: Instance, seconds: number): Promise<Memory> {
  await sleep(seconds * 1_000);
  return readMemory(processesOf(instance), openHandles);
}

function* burst(instance: Instance): Generator<Post> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const keys = ['tenant-a', 'tenant-b'].map((id) => instance.tenant(id).ingestKey);
  for (let i = 0; i < load / PER_REQUEST; i++) {
    const key = keys[i % 2]!;
    yield { key, path: '/v1/logs', body: encodeLogs(PER_REQUEST, i, now) };
    yield { key, path: '/v1/traces', body: encodeSpans(PER_REQUEST, i, now) };
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'hanok-footprint-'));
try {
  if (wanted.has('memory')) {
    const instance = await openInstance({ dataDir, env: ENV });
    try {
      // The first start of a data directory makes keys and tables; the usual start finds them.
      await instance.stop();
      await instance.start();
      const idle = await rest(instance, Number(values.rest));
      table(`idle, ${values.rest} s after the start`, idle);
      summary['idle'] = figures(idle);
      verdicts.push(['idle, two tenants', `${mb(idle.alone)} MiB`, `${GOAL_PSS_MB}`, mb(idle.alone) <= GOAL_PSS_MB]);
      if (load > 0) {
        const sent = await post(instance.otlpHttp, burst(instance));
        const peak = readMemory(processesOf(instance), openHandles);
        for (const engine of ['pool', 'silo-tenant-a']) await settled(instance, engine, 2_000, 120_000);
        const after = await rest(instance, Number(values['rest-after']));
        table(`right after ${load} logs and ${load} spans (${sent.seconds.toFixed(0)} s, ${sent.waits} waits)`, peak);
        table(`${values['rest-after']} s of rest later`, after);
        summary['afterLoad'] = figures(after);
        summary['peak'] = figures(peak);
        verdicts.push(['rested after load', `${mb(after.alone)} MiB`, 'towards idle', after.alone <= 1.5 * idle.alone]);
      }
    } finally {
      await instance.dispose();
    }
  }

  if (wanted.has('start')) {
    // The first start makes the directory when it is empty and warms the page cache.
    const first = await startTime('cli', dataDir, ENV);
    console.log(
      `\nready after ms            live  ready   each\nfirst start          ${first.live.toFixed(0).padStart(9)} ${first.ready.toFixed(0).padStart(6)}`,
    );
    for (const way of ['start.mjs', 'cli'] as const) {
      const times = [];
      for (let i = 0; i < Number(values.starts); i++) times.push(await startTime(way, dataDir, ENV));
      const ready = median(times.map((one) => one.ready));
      console.log(
        `${way.padEnd(20)} ${median(times.map((one) => one.live))
          .toFixed(0)
          .padStart(9)} ${ready.toFixed(0).padStart(6)}   ${times.map((one) => one.ready.toFixed(0)).join(' ')}`,
      );
      summary[`ready ${way}`] = Math.round(ready);
      verdicts.push([`ready, ${way}`, `${ready.toFixed(0)} ms`, `${GOAL_READY_MS}`, ready <= GOAL_READY_MS]);
    }
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

if (wanted.has('disk')) {
  console.log('\nbytes per record   records   otlp  zstd -3    disk  ratio  (own table  indexes)  OPTIMIZE FINAL');
  for (const data of ['shop', 'bench'] as const satisfies readonly DataSet[]) {
    const instance = await openInstance({ env: ENV });
    try {
      const options = { data, records: amount(values.records), seed: Number(values.seed), endMs };
      for (const one of await measureDisk(instance, options)) {
        const ratio = one.disk / one.zstd;
        console.log(
          `${`${data} ${one.kind}`.padEnd(14)} ${String(one.records).padStart(11)} ${one.otlp.toFixed(1).padStart(6)} ${one.zstd.toFixed(1).padStart(8)} ${one.disk.toFixed(1).padStart(7)} ${ratio.toFixed(2).padStart(6)} ${one.table.toFixed(1).padStart(11)} ${one.indexes.toFixed(1).padStart(8)} ${one.optimized.toFixed(1).padStart(16)}`,
        );
        summary[`disk ${data} ${one.kind}`] = { bytes: one.disk, zstd: one.zstd, ratio };
        verdicts.push([`disk, ${data} ${one.kind}`, ratio.toFixed(2), GOAL_RATIO.toFixed(1), ratio <= GOAL_RATIO]);
      }
      if (values.columns)
        for (const kind of ['logs', 'spans'] as const) {
          console.log(`\n${data} ${kind}: bytes per row by column`);
          for (const row of await columnCosts(instance, kind))
            if (Number(row['per_row']) >= 0.05)
              console.log(
                `  ${String(row['column']).padEnd(28)} ${String(row['per_row']).padStart(8)} of ${String(row['raw_per_row']).padStart(7)}  ${row['codec']}`,
              );
        }
    } finally {
      await instance.dispose();
    }
  }
}

console.log('\ngoal                        figure       at most');
for (const [what, figure, goal, kept] of verdicts)
  console.log(`${what.padEnd(24)} ${figure.padStart(9)} ${goal.padStart(13)}  ${kept ? 'kept' : 'MISSED'}`);
console.log(JSON.stringify(summary));

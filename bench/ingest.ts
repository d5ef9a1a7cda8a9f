/**
 * CPU seconds of all our processes per million logs and spans, from gzip OTLP/HTTP until queryable, beside the
 * engine's own CPU seconds for inserting the very same rows as ready Native blocks into the same tables.
 * `npm run bench -- ingest [--records 400000] [--runs 3]`
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { TenantId } from '@hanok/contract';
import { eventually, type House, openHouse } from '../e2e/house.ts';
import { DEFAULT_LIMITS } from '../server/src/pipeline/index.ts';
import { openOtlpDecoder } from '../server/src/receivers/otlp/index.ts';
import { encodeLogs, encodeSpans } from './otlp.ts';

const argument = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const records = argument('records', 400_000);
const runs = argument('runs', 3);
const perRequest = argument('batch', 1_000);
const connections = argument('connections', 8);

/** User and system time of a process so far, in seconds; clock ticks are 100 a second on Linux. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const allCpu = (house: House) => [house.pid(), ...house.enginePids()].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
const engineCpu = (house: House) => house.enginePids().reduce((sum, pid) => sum + cpuSeconds(pid), 0);

async function send(
  house: House,
  key: string,
  path: string,
  bodies: readonly Uint8Array[],
): Promise<{ seconds: number; latencies: number[] }> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const latencies: number[] = [];
  let next = 0;
  const began = performance.now();
  const one = async () => {
    while (next < bodies.length) {
      const body = bodies[next++]!;
      const started = performance.now();
      await new Promise<void>((resolve, reject) => {
        const request = http.request(
          `${house.otlpHttp}${path}`,
          {
            method: 'POST',
            agent,
            headers: {
              authorization: `Bearer ${key}`,
              'content-type': 'application/x-protobuf',
              'content-encoding': 'gzip',
              'content-length': body.byteLength,
            },
          },
          (response) => {
            response.resume();
            response.on('end', () =>
              response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
            );
          },
        );
        request.on('error', reject);
        request.end(body);
      });
      latencies.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  agent.destroy();
  return { seconds: (performance.now() - began) / 1_000, latencies };
}

/**
 * The engine alone: the same requests decoded beforehand, their Native blocks put together per table as a drainer would
 * (200,000 records an insert), sent straight to the engine of the same house. Its CPU seconds are the bare insert's.
 */
async function bareInsert(house: House, signal: 'logs' | 'traces', bodies: readonly Uint8Array[]): Promise<number> {
  const decoder = openOtlpDecoder(DEFAULT_LIMITS);
  const context = {
    tenant: 'tenant-b' as TenantId,
    arrival: BigInt(Date.now()) * 1_000_000n,
    retentionDays: { logs: 30, traces: 30, metrics: 30 },
  };
  const perInsert = Math.max(1, Math.floor(200_000 / perRequest));
  const inserts: Array<Map<string, Uint8Array[]>> = [];
  for (let i = 0; i < bodies.length; i++) {
    const decoded = decoder.decode(signal, 'protobuf', gunzipSync(bodies[i]!), context);
    decoder.confirm(decoded.token);
    if (i % perInsert === 0) inserts.push(new Map());
    for (const { table, bytes } of decoded.batch?.blocks ?? []) {
      const blocks = inserts.at(-1)!.get(table) ?? [];
      blocks.push(bytes.slice());
      inserts.at(-1)!.set(table, blocks);
    }
  }
  const socketPath = join(house.dataDir, 'engines', 'pool', 'engine.sock');
  const before = engineCpu(house);
  for (const tables of inserts) {
    for (const [table, blocks] of tables) {
      await new Promise<void>((resolve, reject) => {
        const query = encodeURIComponent(`INSERT INTO hanok.${table} FORMAT Native`);
        const request = http.request({ socketPath, path: `/?query=${query}`, method: 'POST' }, (response) => {
          response.resume();
          response.on('end', () =>
            response.statusCode === 200 ? resolve() : reject(new Error(`the engine answered ${response.statusCode}`)),
          );
        });
        request.on('error', reject);
        request.end(Buffer.concat(blocks));
      });
    }
  }
  return engineCpu(house) - before;
}

const quantile = (values: number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))]!;
const median = (values: number[]) => quantile(values, 0.5);

interface Line {
  readonly signal: string;
  readonly total: number;
  readonly engine: number;
  readonly bare: number;
  readonly rate: number;
  readonly p99: number;
}
const lines: Line[] = [];

for (const signal of ['logs', 'spans'] as const) {
  for (let run = 0; run < runs; run++) {
    const dataDir = mkdtempSync(join(tmpdir(), 'hanok-bench-'));
    // The bench is one tenant going flat out: its rate limit is not what is measured.
    const house = await openHouse({
      dataDir,
      env: {
        HANOK_LOG_LEVEL: 'error',
        HANOK_TENANT_RECORDS_PER_SECOND: '100000000',
        HANOK_TENANT_BYTES_PER_SECOND: '100GiB',
      },
    });
    try {
      const tenant = house.tenant('tenant-b');
      const token = await house.login(tenant.admin);
      const encode = signal === 'logs' ? encodeLogs : encodeSpans;
      const now = BigInt(Date.now()) * 1_000_000n;
      const bodies = Array.from({ length: Math.ceil(records / perRequest) }, (_, i) =>
        gzipSync(encode(perRequest, i, now), { level: 1 }),
      );
      const path = signal === 'logs' ? '/v1/logs' : '/v1/traces';
      // Warm the code before counting.
      await send(house, tenant.ingestKey, path, bodies.slice(0, 20));
      const queryable = async (least: number) => {
        const answer = await house.api<{ total: number }>(
          token,
          'POST',
          `/api/v1/${signal === 'logs' ? 'logs' : 'traces'}/histogram`,
          { from: 'now-1h', to: 'now+1h' },
        );
        return answer.total >= least;
      };
      await eventually('warm-up queryable', () => queryable(20 * perRequest), 60);
      const before = allCpu(house);
      const engineBefore = engineCpu(house);
      const { seconds, latencies } = await send(house, tenant.ingestKey, path, bodies);
      await eventually('all queryable', () => queryable((bodies.length + 20) * perRequest), 300);
      const total = allCpu(house) - before;
      const engine = engineCpu(house) - engineBefore;
      const bare = await bareInsert(house, signal === 'logs' ? 'logs' : 'traces', bodies);
      const scale = 1_000_000 / (bodies.length * perRequest);
      lines.push({
        signal,
        total: total * scale,
        engine: engine * scale,
        bare: bare * scale,
        rate: (bodies.length * perRequest) / seconds,
        p99: quantile(latencies, 0.99),
      });
    } finally {
      await house.dispose();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

console.log('signal  CPU s/M total  of it engine  bare insert  total/own   acknowledged/s  ack p99 ms');
const summary: Record<string, unknown> = { bench: 'ingest', records, runs };
for (const signal of ['logs', 'spans']) {
  const mine = lines.filter((line) => line.signal === signal);
  const total = median(mine.map((line) => line.total));
  const engine = median(mine.map((line) => line.engine));
  const bare = median(mine.map((line) => line.bare));
  // Merges run when they like and fall to either side: the lower of the two is the engine's own cost, not the kinder one.
  const own = Math.min(engine, bare);
  const rate = median(mine.map((line) => line.rate));
  const p99 = median(mine.map((line) => line.p99));
  summary[signal] = {
    cpuSecondsPerMillion: total,
    engineCpuSecondsPerMillion: engine,
    bareInsertCpuSecondsPerMillion: bare,
    ratio: total / own,
    recordsPerSecond: Math.round(rate),
    p99Ms: p99,
  };
  console.log(
    `${signal.padEnd(7)} ${total.toFixed(2).padStart(12)}  ${engine.toFixed(2).padStart(12)}  ${bare.toFixed(2).padStart(11)}  ${(total / own).toFixed(2).padStart(10)}  ${Math.round(rate).toString().padStart(14)}  ${p99.toFixed(1).padStart(10)}`,
  );
}
console.log(JSON.stringify(summary));

/**
 * Is it faster to inflate and decode on threads? Sends gzip OTLP logs over HTTP to our front ends, with decoding on the main
 * thread and on one or more threads, in turns, in one process of their own each; the journal writes and syncs a real file.
 * Then finds below which size a body is better decoded where it arrived. `npm run bench -- workers [--seconds 4] [--runs 3]`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { encodeOtlp } from '../conformance/bad-inputs/otlp-encode.ts';

const argument = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const seconds = argument('seconds', 4);
const runs = argument('runs', 3);
const connections = argument('connections', 8);

interface Variant {
  readonly name: string;
  readonly threads: number;
  readonly inlineBytes: number;
}

interface Run {
  readonly recordsPerSecond: number;
  readonly recordsPerCpuSecond: number;
  readonly p99Ms: number;
}

function logRecords(count: number): Buffer {
  const now = BigInt(Date.now()) * 1_000_000n;
  const records = Array.from({ length: count }, (_, i) => ({
    timeUnixNano: String(now + BigInt(i)),
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: `GET /api/orders/${i * 7919} answered 200 in ${(i * 31) % 977} ms for customer ${i % 101}` },
    attributes: [
      { key: 'http.request.method', value: { stringValue: 'GET' } },
      { key: 'http.response.status_code', value: { intValue: '200' } },
      { key: 'url.path', value: { stringValue: `/api/orders/${i * 7919}` } },
      { key: 'thread.name', value: { stringValue: `worker-${i % 8}` } },
    ],
    traceId: (i * 65_537 + 1).toString(16).padStart(32, '7'),
    spanId: (i + 1).toString(16).padStart(16, '3'),
  }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'bench' } }] };
  return encodeOtlp({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'bench' }, logRecords: records }] }] });
}

async function cpuSeconds(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [{ cpu }] = await once(child, 'message');
  return (cpu.user + cpu.system) / 1e6;
}

function post(agent: Agent, port: number, body: Buffer, encoding: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: 'Bearer bench',
      'content-type': 'application/x-protobuf',
      'content-length': body.length,
      ...(encoding ? { 'content-encoding': encoding } : {}),
    };
    const sent = request({ host: '127.0.0.1', port, method: 'POST', path: '/v1/logs', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`))));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(variant: Variant): Promise<Server> {
  const child = fork(new URL('./ingest-servers/storing.ts', import.meta.url), [
    String(variant.threads),
    String(variant.inlineBytes),
  ]);
  child.once('exit', (code) => code && process.exit(code));
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

async function load(server: Server, body: Buffer, records: number, encoding: string | undefined): Promise<Run> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const until = performance.now() + seconds * 1_000;
  const before = await cpuSeconds(server.child);
  const began = performance.now();
  const latencies: number[] = [];
  const lane = async () => {
    while (performance.now() < until) {
      const started = performance.now();
      await post(agent, server.port, body, encoding);
      latencies.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  const wall = (performance.now() - began) / 1_000;
  const cpu = (await cpuSeconds(server.child)) - before;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const total = latencies.length * records;
  return {
    recordsPerSecond: total / wall,
    recordsPerCpuSecond: total / cpu,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
  };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Each variant in turns, the first round to warm up; medians. */
async function compare(variants: readonly Variant[], body: Buffer, records: number, encoding: string | undefined) {
  const servers = await Promise.all(variants.map(start));
  const results = variants.map((): Run[] => []);
  for (let run = 0; run <= runs; run++)
    for (const [i, server] of servers.entries()) {
      const result = await load(server, body, records, encoding);
      if (run > 0) results[i]!.push(result);
    }
  for (const { child } of servers) child.disconnect();
  return variants.map((variant, i) => {
    const row = {
      variant: variant.name,
      recordsPerSecond: Math.round(median(results[i]!.map((one) => one.recordsPerSecond))),
      recordsPerCpuSecond: Math.round(median(results[i]!.map((one) => one.recordsPerCpuSecond))),
      p99Ms: Number(median(results[i]!.map((one) => one.p99Ms)).toFixed(1)),
    };
    console.log(
      `  ${row.variant.padEnd(14)} ${row.recordsPerSecond.toLocaleString('en').padStart(9)} records/s ${row.recordsPerCpuSecond.toLocaleString('en').padStart(9)} per CPU second   p99 ${row.p99Ms} ms`,
    );
    return row;
  });
}

const main: Variant = { name: 'main thread', threads: 0, inlineBytes: 0 };
const one: Variant = { name: '1 thread', threads: 1, inlineBytes: 0 };
const two: Variant = { name: '2 threads', threads: 2, inlineBytes: 0 };

const large = logRecords(1_000);
console.log(`1,000 logs a request, ${large.length} bytes, gzip, ${connections} connections`);
const batches = await compare([main, one, two], gzipSync(large), 1_000, 'gzip');

const small: { bytes: number; rows: Awaited<ReturnType<typeof compare>> }[] = [];
for (const records of [1, 5, 20, 60]) {
  const body = logRecords(records);
  console.log(`${records} logs a request, ${body.length} bytes, not compressed`);
  small.push({ bytes: body.length, rows: await compare([main, one], body, records, undefined) });
}
const ratio = batches[1]!.recordsPerSecond / batches[0]!.recordsPerSecond;
console.log(`\n${JSON.stringify({ bench: 'workers', oneThreadToMain: Number(ratio.toFixed(2)), batches, small })}`);

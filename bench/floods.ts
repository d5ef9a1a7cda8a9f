/**
 * What floods cost the main thread of the OTLP/gRPC port, and the acknowledgements of another sender meanwhile.
 *
 * `npm run bench -- floods [--seconds 3] [--connections 1] [--from 127.0.0.2] [--only "rapid reset"]`; small: `--seconds 1`. The
 * receivers run here with a decoder that does nothing; attackers run on a thread of their own, each flood with and without a good key,
 * and come again as soon as their connection ends. A sender on another address sends one small call every 10 ms, before and during.
 * Milliseconds of the main thread per second are those of the whole thread less what the sender alone costs. With
 * `--from 127.0.0.1` the attackers share an address that stands for many, and are slowed instead of refused.
 */

import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as dial } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import {
  HanokError,
  Meter,
  readConfig,
  silentLog,
  standaloneConnections,
  systemClock,
} from '../server/src/base/index.ts';
import { RECEIVERS_CONFIG } from '../server/src/receivers/config.ts';
import { openFrontEnds, type Receivers } from '../server/src/receivers/open.ts';
import { startFlood } from '../server/src/receivers/testkit/flooding.ts';
import { callHeaders, FLOODS } from '../server/src/receivers/testkit/floods.ts';
import { median, printTable } from './ingest/numbers.ts';
import { DECODED_NOTHING } from './ingest-servers/decoded-nothing.ts';

const text = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
};
const seconds = Number(text('seconds', '3'));
const connections = Number(text('connections', '1'));
const from = text('from', '127.0.0.2');
const only = text('only', '');
const SENDER = '127.0.0.3';
const KEY = 'bench';
const EVERY_MS = 10;

async function open(): Promise<{ receivers: Receivers; meter: Meter }> {
  const caller = { tenant: 'bench' as TenantId, actor: { kind: 'key', id: 'bench' } } as const;
  const config = readConfig({ receivers: RECEIVERS_CONFIG }, {}).receivers;
  const meter = new Meter();

  const unknown = new HanokError(
    'edge.unknown-key',
    { kind: 'caller', status: 401, grpc: 16, retry: false },
    'unknown',
  );
  const receivers = await openFrontEnds(
    { ...config, httpPort: 0, grpcPort: 0, decodeThreads: 0 },
    {
      bind: '127.0.0.1',
      clock: systemClock,
      log: silentLog,
      meter,
      connections: standaloneConnections({ clock: systemClock, meter, log: silentLog }),
      authorize: (header) =>
        header('authorization') === `Bearer ${KEY}`
          ? { ok: true, caller, retentionDays: { logs: 1, traces: 1, metrics: 1 } }
          : { ok: false, error: unknown, tenant: null },
      sinkFor: () => ({ epoch: '', canAccept: () => ({ open: true }), append: async () => 1n }),
      spend: () => ({ open: true }),
      settle: () => undefined,
      report: () => {},
    },
    {
      threadModule: new URL('../server/src/receivers/workers/thread.ts', import.meta.url),
      threadData: undefined,
      inline: { decode: () => DECODED_NOTHING, confirm: () => {} },
    },
  );
  return { receivers, meter };
}

/** Milliseconds from call to answer. */
function call(session: ClientHttp2Session): Promise<number> {
  const since = performance.now();
  return new Promise((resolve, reject) => {
    const stream = session.request(callHeaders(KEY));
    stream.on('error', reject);
    stream.on('close', () => resolve(performance.now() - since));
    stream.resume();
    stream.end(Buffer.from([0, 0, 0, 0, 1, 97]));
  });
}

interface Measured {
  /** Milliseconds of the main thread per second. */
  readonly cpuMs: number;
  /** Milliseconds to acknowledgement. */
  readonly p50: number;
  readonly p99: number;
}

async function measure(session: ClientHttp2Session): Promise<Measured> {
  const times: number[] = [];
  const since = performance.now();
  const before = process.threadCpuUsage();
  while (performance.now() - since < seconds * 1_000) {
    times.push(await call(session));
    await pause(EVERY_MS);
  }
  const cpu = process.threadCpuUsage(before);
  times.sort((a, b) => a - b);
  return {
    cpuMs: (cpu.user + cpu.system) / (performance.now() - since),
    p50: median(times),
    p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
  };
}

const rows: { name: string; calm: Measured; flooded: Measured; connections: number }[] = [];
for (const { name } of FLOODS.filter((flood) => flood.name.includes(only)))
  for (const key of [undefined, KEY]) {
    const { receivers } = await open();
    const port = receivers.grpcPort;
    const session = connect(`http://127.0.0.1:${port}`, {
      createConnection: () => dial({ port, host: '127.0.0.1', localAddress: SENDER }),
    });
    await once(session, 'connect');
    await measure(session);
    const calm = await measure(session);
    const flooding = await startFlood({ flood: name, port, key, from, connections });
    const flooded = await measure(session);
    const count = await flooding.stop();
    session.destroy();
    await receivers.close();
    rows.push({ name: `${name}${key ? ', with a key' : ''}`, calm, flooded, connections: count.connections });
  }

const round = (value: number) => value.toFixed(value < 10 ? 1 : 0);
const extra = ({ calm, flooded }: (typeof rows)[number]) => Math.max(0, flooded.cpuMs - calm.cpuMs);
printTable(
  ['', 'main thread, ms/s', 'connections', 'ack p50, calm', 'flooded', 'ack p99, calm', 'flooded'],
  rows.map((row) => [
    row.name,
    round(extra(row)),
    String(row.connections),
    round(row.calm.p50),
    round(row.flooded.p50),
    round(row.calm.p99),
    round(row.flooded.p99),
  ]),
);
console.log(
  `\n${JSON.stringify({
    bench: 'floods',
    seconds,
    connections,
    from,
    mostMainThreadMsPerSecond: Number(Math.max(...rows.map(extra)).toFixed(1)),
    mostP50Ratio: Number(Math.max(...rows.map(({ calm, flooded }) => flooded.p50 / calm.p50)).toFixed(2)),
    goals: { mostMainThreadMsPerSecond: 100, mostP50Ratio: 2 },
  })}`,
);
process.exit(0);

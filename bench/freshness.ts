/**
 * How long an acknowledged log record takes until a search finds it and until a live tail shows it, while another tenant's
 * load goes on. `npm run bench -- freshness [--probes 100] [--load 200]` (requests of 200 records a second in load)
 */
import { gzipSync } from 'node:zlib';
import { openHouse } from '../e2e/house.ts';
import { encodeLogs } from './otlp.ts';

const argument = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const probes = argument('probes', 100);
const load = argument('load', 100);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const quantile = (values: number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))]!;

const house = await openHouse({ env: { HANOK_LOG_LEVEL: 'error' } });
const [noisy, probed] = [house.tenant('tenant-b'), house.tenant('tenant-a')];
const token = await house.login(probed.admin);
const stop = new AbortController();

const bodies = Array.from({ length: 40 }, (_, i) =>
  gzipSync(encodeLogs(200, i, BigInt(Date.now()) * 1_000_000n), { level: 1 }),
);
let sent = 0;
const noise = (async () => {
  const began = performance.now();
  while (!stop.signal.aborted) {
    const due = Math.floor(((performance.now() - began) / 1_000) * load);
    const burst: Promise<unknown>[] = [];
    while (sent < due) {
      burst.push(
        fetch(`${house.otlpHttp}/v1/logs`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${noisy.ingestKey}`,
            'content-type': 'application/x-protobuf',
            'content-encoding': 'gzip',
          },
          body: bodies[sent++ % bodies.length]!,
        }).then((answer) => answer.arrayBuffer()),
      );
    }
    await Promise.all(burst);
    await pause(5);
  }
})();

const shownAt = new Map<string, number>();
const tail = await fetch(`${house.url}/api/v1/logs/tail?query=${encodeURIComponent('freshprobe')}`, {
  headers: { authorization: `Bearer ${token}` },
  signal: stop.signal,
});
const listening = (async () => {
  let text = '';
  for await (const chunk of tail.body!) {
    text += new TextDecoder().decode(chunk as Uint8Array);
    for (const match of text.matchAll(/freshprobe (\d+)/g))
      if (!shownAt.has(match[1]!)) shownAt.set(match[1]!, performance.now());
    text = text.slice(-200);
  }
})().catch(() => undefined);

const searchable: number[] = [];
const tailed: number[] = [];
await pause(500);
for (let i = 0; i < probes; i++) {
  const id = String(1_000_000 + i);
  const answer = await fetch(`${house.otlpHttp}/v1/logs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${probed.ingestKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: [{ body: { stringValue: `freshprobe ${id}` } }] }] }],
    }),
  });
  await answer.arrayBuffer();
  const acknowledged = performance.now();
  for (;;) {
    const { rows } = await house.api<{ rows: unknown[] }>(token, 'POST', '/api/v1/logs/search', {
      query: `freshprobe ${id}`,
      from: 'now-5m',
      to: 'now+1m',
    });
    if (rows.length > 0) break;
    await pause(15);
  }
  searchable.push(performance.now() - acknowledged);
  tailed.push(Math.max(0, (shownAt.get(id) ?? performance.now()) - acknowledged));
  await pause(Math.random() * 200);
}
stop.abort();
await Promise.all([noise.catch(() => undefined), listening]);
await house.dispose();

console.log('               p50 ms   p99 ms');
for (const [name, values] of [
  ['searchable', searchable],
  ['live tail', tailed],
] as const)
  console.log(
    `${name.padEnd(12)} ${quantile(values, 0.5).toFixed(0).padStart(8)} ${quantile(values, 0.99).toFixed(0).padStart(8)}`,
  );
console.log(
  JSON.stringify({
    bench: 'freshness',
    probes,
    noiseRecordsPerSecond: load * 200,
    searchable: { p50: quantile(searchable, 0.5), p99: quantile(searchable, 0.99) },
    tail: { p50: quantile(tailed, 0.5), p99: quantile(tailed, 0.99) },
  }),
);

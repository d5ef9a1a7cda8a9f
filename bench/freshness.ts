/**
 * How long an acknowledged record takes until a query finds it and until a live tail shows it, under half of the load.
 *
 * `npm run bench -- freshness [--rate 75000] [--batch 500] [--probes 100] [--runs 5] [--stores pool,silo] [--load logs]`;
 * small: `--probes 5 --runs 1 --rate 10000`. Each run sends logs, spans and points of a metric in turns until there are `--probes` of
 * each, by the very tenant whose load of `--rate` records a second goes on: its engine, journal and live tail are the
 * busy ones. Times count from the acknowledgement until the answer that has the record is there, pauses between two
 * questions included.
 */
import { randomInt } from 'node:crypto';
import { openProbe, PROBED, type Probed } from './freshness/probes.ts';
import { openBenchInstance } from './ingest/instance.ts';
import { makeBodies, openGenerator, SIGNALS, type Signal, targetOf } from './ingest/load.ts';
import { median, printTable, quantile, rounded } from './ingest/numbers.ts';

const given = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const number = (name: string, fallback: number) => Number(given(name) ?? fallback);
const rate = number('rate', 75_000);
const perRequest = number('batch', 500);
const probes = number('probes', 100);
const runs = number('runs', 5);
const load = SIGNALS.find((signal): signal is Signal => signal === (given('load') ?? 'logs')) ?? 'logs';
const STORES = [
  { mode: 'pool', tenant: 'tenant-b' },
  { mode: 'silo', tenant: 'tenant-a' },
] as const;
const stores = STORES.filter(({ mode }) => (given('stores') ?? 'pool,silo').split(',').includes(mode));

/** Goals, milliseconds at the 99th percentile. */
const GOALS = { queryable: 2_000, tail: 300 } as const;
const LANES = 256;
/** One of each signal takes about this long; the load is given more and cut off when the probes are through. */
const SECONDS_PER_PROBE = 4;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const seed = number('seed', randomInt(2 ** 31));

interface Found {
  readonly mode: string;
  readonly what: Probed | 'tail';
  readonly p50: number[];
  readonly p99: number[];
  readonly worst: number[];
}
const found: Found[] = stores.flatMap(({ mode }) =>
  ([...PROBED, 'tail'] as const).map((what) => ({ mode, what, p50: [], p99: [], worst: [] })),
);
const loads: { mode: string; recordsPerSecond: number; ackP99Ms: number }[] = [];

for (let run = 0; run < runs; run++)
  for (const { mode, tenant } of stores) {
    const generator = openGenerator();
    const instance = await openBenchInstance();
    try {
      await generator.give('load', makeBodies(load, 200, perRequest, BigInt(Date.now()) * 1_000_000n));
      const probe = await openProbe(instance, tenant, seed + run);
      const stop = new AbortController();
      const began = performance.now();
      const loaded = generator.run({
        set: 'load',
        transport: 'http',
        target: targetOf(instance, tenant, load, 'http'),
        lanes: LANES,
        rate: rate / perRequest,
        seconds: probes * SECONDS_PER_PROBE + 5,
      });
      loaded.catch((error: unknown) => stop.abort(error));
      await pause(2_000);
      const times = new Map<Probed | 'tail', number[]>([...PROBED, 'tail' as const].map((what) => [what, []]));
      for (let i = 0; i < probes; i++)
        for (const what of PROBED) {
          stop.signal.throwIfAborted();
          const seen = await probe.one(what, i);
          times.get(what)!.push(seen.queryable);
          if (seen.tailed !== undefined) times.get('tail')!.push(seen.tailed);
          // Out of step with inserts, which come in strides of their own.
          await pause((i * 37) % 100);
        }
      generator.cut();
      const outcome = await loaded;
      await probe.close();
      loads.push({
        mode,
        recordsPerSecond: Math.round((outcome.acknowledged * perRequest) / ((performance.now() - began) / 1_000)),
        ackP99Ms: rounded(quantile(outcome.latencies, 0.99), 1),
      });
      for (const one of found.filter((entry) => entry.mode === mode)) {
        const values = times.get(one.what)!;
        one.p50.push(quantile(values, 0.5));
        one.p99.push(quantile(values, 0.99));
        one.worst.push(quantile(values, 1));
      }
    } finally {
      generator.close();
      await instance.dispose();
    }
  }

const summary = found.map(({ mode, what, ...values }) => ({
  mode,
  what,
  p50: rounded(median(values.p50), 1),
  p99: rounded(median(values.p99), 1),
  worst: rounded(quantile(values.worst, 1), 1),
  goal: what === 'tail' ? GOALS.tail : GOALS.queryable,
}));
console.log(
  `milliseconds after the acknowledgement, ${rate} ${load} a second going on (${probes} probes, ${runs} runs)`,
);
printTable(
  ['', 'p50', 'p99', 'goal', 'worst'],
  summary.map((one) => [
    `${one.mode} ${one.what === 'tail' ? 'live tail' : `${one.what} queryable`}`,
    one.p50.toFixed(0),
    one.p99.toFixed(0),
    `<= ${one.goal}`,
    one.worst.toFixed(0),
  ]),
);
for (const { mode } of stores) {
  const mine = loads.filter((one) => one.mode === mode);
  const kept = median(mine.map((one) => one.recordsPerSecond));
  console.log(
    `${mode}: acknowledged ${kept} ${load} a second meanwhile, ack p99 ${median(mine.map((one) => one.ackP99Ms))} ms${kept < 0.95 * rate ? '; the load was NOT kept up: too few free cores for these figures to mean anything' : ''}`,
  );
}
console.log(JSON.stringify({ bench: 'freshness', rate, perRequest, probes, runs, load, seed, found: summary, loads }));

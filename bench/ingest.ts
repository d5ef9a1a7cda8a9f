/**
 * What taking telemetry in costs, how fast it goes and how soon it is acknowledged, until it can be queried.
 *
 * `npm run bench -- ingest [--parts cost,rate,ack,durable] [--signals logs,spans,samples] [--transports http,grpc]
 * [--records 400000] [--seconds 20] [--runs 5] [--batch 500] [--lanes 16] [--explain]`; small: `--signals logs
 * --records 20000 --seconds 1 --runs 1`
 *
 * cost: CPU seconds of all our processes per million records, from gzip OTLP until queryable, beside the engine's own CPU
 * seconds for the same rows as ready Native blocks into the same tables. Everything is sent once over each transport first
 * (up to 400,000 records), so that V8 has compiled what it compiles: a server runs for months. Looking for the rows costs
 * the engine about 4 ms each time and is part of its figure, so it is done a few times a run only.
 * rate: acknowledged and queryable records a second under a flood of `--seconds`, and the memory of all processes then.
 * ack: acknowledgement at half of the goal's load, requests coming on a schedule whatever the server does. `--explain`
 * adds what took how long in the main process (syncs, garbage collection, a main thread that was late).
 * durable: the acknowledged rate beside the same program with an fdatasync that does nothing.
 *
 * Requests come encoded and compressed from a process of their own; rates are what two cores would do without it:
 * records / (wall x cores - its CPU seconds) x cores.
 */
import { measureAcknowledgement } from './ingest/acknowledgement.ts';
import { measureCost } from './ingest/cost.ts';
import { measureDurability } from './ingest/durability.ts';
import { openGenerator, SIGNALS, type Signal, type Transport } from './ingest/load.ts';
import { printTable } from './ingest/numbers.ts';
import { CORES } from './ingest/processes.ts';
import { measureRate } from './ingest/rate.ts';

const given = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const number = (name: string, fallback: number) => Number(given(name) ?? fallback);
function listed<T extends string>(name: string, all: readonly T[]): readonly T[] {
  const wanted = given(name)?.split(',');
  const unknown = wanted?.filter((one) => !all.some((known) => known === one)) ?? [];
  if (unknown.length > 0) throw new Error(`--${name} takes ${all.join(', ')}, not ${unknown.join(', ')}`);
  return wanted ? all.filter((one) => wanted.includes(one)) : all;
}

const PARTS = ['cost', 'rate', 'ack', 'durable'] as const;
const parts = listed('parts', PARTS);
const signals = listed<Signal>('signals', SIGNALS);
const transports = listed<Transport>('transports', ['http', 'grpc']);
const sizes = {
  records: number('records', 400_000),
  seconds: number('seconds', 20),
  runs: number('runs', 5),
  perRequest: number('batch', 500),
  lanes: number('lanes', 16),
  explain: process.argv.includes('--explain'),
};

/** Goals: ratios of CPU seconds, logs a second, milliseconds, and durable over from memory. */
const GOALS = { ratio: 1.7, logsPerSecond: 150_000, ackP99Ms: 20, durable: 0.85 } as const;
const verdicts: { readonly what: string; readonly figure: string; readonly goal: string; readonly met: boolean }[] = [];
const HALF_LOAD = GOALS.logsPerSecond / 2;

const thousands = (value: number) => Math.round(value).toLocaleString('en');
const mebibytes = (bytes: number) => `${thousands(bytes / 1024 ** 2)} MiB`;
const result: Record<string, unknown> = { bench: 'ingest', cores: CORES, ...sizes, goals: GOALS };
const generator = openGenerator();
console.log(`${CORES} cores, ${sizes.perRequest} records a request, median of ${sizes.runs}`);

if (parts.includes('cost')) {
  const costs = await measureCost(signals, transports, sizes, generator);
  result['cost'] = costs;
  for (const { signal, transport, ratio } of costs.filter((cost) => cost.signal !== 'samples'))
    verdicts.push({
      what: `cost ${signal} ${transport}`,
      figure: ratio.toFixed(2),
      goal: `<= ${GOALS.ratio}`,
      met: ratio <= GOALS.ratio,
    });
  console.log('\nCPU seconds per million records, from gzip OTLP until queryable');
  printTable(
    ['', 'main', 'engine', 'total', 'bare insert', 'ratio', 'goal', 'ratio with merges'],
    costs.map((cost) => [
      `${cost.signal} ${cost.transport}`,
      cost.main.toFixed(2),
      cost.engine.toFixed(2),
      (cost.main + cost.engine).toFixed(2),
      cost.bare.toFixed(2),
      cost.ratio.toFixed(2),
      cost.signal === 'samples' ? '' : `<= ${GOALS.ratio}`,
      cost.settledRatio.toFixed(2),
    ]),
  );
}

if (parts.includes('rate')) {
  const rates = [];
  for (const signal of signals) rates.push(await measureRate(signal, sizes, generator));
  result['rate'] = rates;
  for (const { signal, acknowledged } of rates.filter((rate) => rate.signal === 'logs'))
    verdicts.push({
      what: `rate ${signal}`,
      figure: thousands(acknowledged),
      goal: `>= ${thousands(GOALS.logsPerSecond)}`,
      met: acknowledged >= GOALS.logsPerSecond,
    });
  console.log(`\nrecords a second over HTTP under a flood of ${sizes.seconds} s, the load generator not counted`);
  printTable(
    ['', 'burst', 'acknowledged', 'goal', 'sustained', 'with generator', 'of cores', 'peak PSS', 'peak RSS', 'ack p99'],
    rates.map((rate) => [
      rate.signal,
      thousands(rate.burst),
      thousands(rate.acknowledged),
      rate.signal === 'logs' ? `>= ${thousands(GOALS.logsPerSecond)}` : '',
      thousands(rate.sustained),
      thousands(rate.sustainedHere),
      rate.generatorCores.toFixed(2),
      mebibytes(rate.memory.pssBytes),
      mebibytes(rate.memory.rssBytes),
      `${rate.ackP99Ms.toFixed(0)} ms`,
    ]),
  );
  for (const { signal, held } of rates)
    console.log(
      `${signal}: at ${thousands(held.rate)} a second the oldest record not yet queryable was at most ${held.lagSecondsMid} s old in the second third, ${held.lagSecondsEnd} s in the last`,
    );
}

if (parts.includes('ack')) {
  const loads = [
    { signal: 'logs', recordsPerSecond: HALF_LOAD, perRequest: sizes.perRequest },
    { signal: 'logs', recordsPerSecond: 20_000, perRequest: 20 },
    { signal: 'spans', recordsPerSecond: HALF_LOAD / 2, perRequest: sizes.perRequest },
    { signal: 'samples', recordsPerSecond: HALF_LOAD, perRequest: sizes.perRequest },
  ] as const;
  const found = await measureAcknowledgement(
    loads.filter((load) => signals.includes(load.signal)),
    sizes,
    generator,
  );
  result['ack'] = found;
  for (const { signal, perRequest, p99 } of found.filter((one) => one.signal === 'logs'))
    verdicts.push({
      what: `ack ${signal}, ${perRequest} a request`,
      figure: `${p99.toFixed(1)} ms`,
      goal: `<= ${GOALS.ackP99Ms} ms`,
      met: p99 <= GOALS.ackP99Ms,
    });
  console.log('\nmilliseconds until acknowledged, requests on a schedule');
  printTable(
    ['', 'a second', 'a request', 'p50', 'p99', 'goal', 'p99.9', 'worst', 'our cores', "generator's"],
    found.map((one) => [
      one.signal,
      thousands(one.recordsPerSecond),
      String(one.perRequest),
      one.p50.toFixed(1),
      one.p99.toFixed(1),
      one.signal === 'logs' ? `<= ${GOALS.ackP99Ms}` : '',
      one.p999.toFixed(1),
      one.worst.toFixed(1),
      one.ourCores.toFixed(2),
      one.generatorCores.toFixed(2),
    ]),
  );
  for (const one of found.filter((entry) => entry.explained)) {
    console.log(
      `\nmain process, ${thousands(one.recordsPerSecond)} ${one.signal} a second, ${one.perRequest} a request`,
    );
    printTable(
      ['milliseconds', 'count', 'p50', 'p99', 'worst'],
      Object.entries(one.explained ?? {}).map(([what, took]) => [
        what,
        String(took.count),
        took.p50.toFixed(2),
        took.p99.toFixed(2),
        took.worst.toFixed(2),
      ]),
    );
  }
}

if (parts.includes('durable')) {
  const durability = await measureDurability(sizes, generator);
  result['durable'] = durability;
  verdicts.push({
    what: 'durable',
    figure: durability.ratio.toFixed(2),
    goal: `>= ${GOALS.durable}`,
    met: durability.ratio >= GOALS.durable,
  });
  console.log('\nlogs acknowledged a second, the load generator not counted');
  printTable(
    ['', 'a second', 'ack p50', 'ack p99'],
    (['durable', 'fromMemory'] as const).map((name) => [
      name === 'durable' ? 'durable' : 'from memory',
      thousands(durability[name].acknowledged),
      durability[name].p50.toFixed(1),
      durability[name].p99.toFixed(1),
    ]),
  );
  console.log(`ratio ${durability.ratio.toFixed(2)} (goal >= ${GOALS.durable})`);
}

generator.close();
if (verdicts.length > 0) {
  console.log('\ngoals');
  printTable(
    ['', 'figure', 'goal', ''],
    verdicts.map(({ what, figure, goal, met }) => [what, figure, goal, met ? 'met' : 'missed']),
  );
}
result['verdicts'] = verdicts.map(({ what, met }) => ({ what, met }));
console.log(`\n${JSON.stringify(result)}`);

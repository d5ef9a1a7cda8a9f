import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../e2e/instance.ts';
import { openEngineSide } from './engine-side.ts';
import { openBenchInstance, TENANT } from './instance.ts';
import { type Generator, makeBodies, type Signal, targetOf, unrefused } from './load.ts';
import { median, quantile, rounded } from './numbers.ts';
import { cpuSince, readCpu } from './processes.ts';

/** Milliseconds from the moment a request was due until its acknowledgement, medians over the runs. */
export interface Acknowledgement {
  readonly signal: Signal;
  readonly recordsPerSecond: number;
  readonly perRequest: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly worst: number;
  /** Cores that all our processes, and the generator, kept busy meanwhile. */
  readonly ourCores: number;
  readonly generatorCores: number;
  /** What took how long in the main process during the last run, when that was asked for (see explain.mjs). */
  readonly explained?: Explained;
}

/** Milliseconds by what took them. */
export type Explained = Readonly<
  Record<string, { readonly count: number; readonly p50: number; readonly p99: number; readonly worst: number }>
>;

interface Load {
  readonly signal: Signal;
  readonly recordsPerSecond: number;
  readonly perRequest: number;
}

interface Sizes {
  readonly seconds: number;
  readonly runs: number;
  /** Costs a little itself, so that it is not on when the goal is judged. */
  readonly explain: boolean;
}

/** More than are ever needed at once unless the server stalls; a request that finds none free waits, and that counts. */
const LANES = 256;
const DIFFERENT_REQUESTS = 200;
const WARM_SECONDS = 2;

/** Loads in turns, on one instance that drains and merges as it does in life. */
export async function measureAcknowledgement(
  loads: readonly Load[],
  sizes: Sizes,
  generator: Generator,
): Promise<Acknowledgement[]> {
  const explainFile = join(tmpdir(), `hanok-explain-${process.pid}.json`);
  const preload = new URL('./explain.mjs', import.meta.url).href;
  const instance = await openBenchInstance(
    sizes.explain ? { NODE_OPTIONS: `--import=${preload}`, BENCH_EXPLAIN: explainFile } : {},
  );
  const explained = new Map<Load, Explained>();
  const engine = await openEngineSide(instance);
  try {
    const now = BigInt(Date.now()) * 1_000_000n;
    const runs = new Map(loads.map((load) => [load, [] as Omit<Acknowledgement, keyof Load | 'explained'>[]]));
    const setOf = (load: Load) => `ack ${load.signal} ${load.perRequest}`;
    for (const load of loads)
      await generator.give(setOf(load), makeBodies(load.signal, DIFFERENT_REQUESTS, load.perRequest, now));
    for (let run = 0; run <= sizes.runs; run++)
      for (const load of loads) {
        await engine.empty(load.signal);
        await engine.settle();
        if (sizes.explain) {
          rmSync(explainFile, { force: true });
          await eventually('a fresh explanation', async () => existsSync(explainFile));
        }
        const before = readCpu(instance);
        const outcome = unrefused(
          await generator.run({
            set: setOf(load),
            transport: 'http',
            target: targetOf(instance, TENANT, load.signal, 'http'),
            lanes: LANES,
            rate: load.recordsPerSecond / load.perRequest,
            // The first round warms up.
            seconds: run === 0 ? Math.min(WARM_SECONDS, sizes.seconds) : sizes.seconds,
          }),
        );
        const cpu = cpuSince(instance, before);
        if (sizes.explain) explained.set(load, JSON.parse(readFileSync(explainFile, 'utf8')) as Explained);
        await engine.reach(load.signal, outcome.acknowledged * load.perRequest, 120);
        if (run === 0) continue;
        runs.get(load)!.push({
          p50: quantile(outcome.latencies, 0.5),
          p99: quantile(outcome.latencies, 0.99),
          p999: quantile(outcome.latencies, 0.999),
          worst: quantile(outcome.latencies, 1),
          ourCores: (cpu.main + cpu.engines) / outcome.seconds,
          generatorCores: outcome.cpu / outcome.seconds,
        });
      }
    return loads.map((load) => {
      const of = (name: 'p50' | 'p99' | 'p999' | 'worst' | 'ourCores' | 'generatorCores') =>
        rounded(median(runs.get(load)!.map((run) => run[name])), 2);
      const why = explained.get(load);
      return {
        ...(why && { explained: why }),
        ...load,
        p50: of('p50'),
        p99: of('p99'),
        p999: of('p999'),
        worst: of('worst'),
        ourCores: of('ourCores'),
        generatorCores: of('generatorCores'),
      };
    });
  } finally {
    engine.close();
    await instance.dispose();
    rmSync(explainFile, { force: true });
  }
}

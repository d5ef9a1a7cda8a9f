import { openEngineSide } from './engine-side.ts';
import { openBenchInstance, TENANT } from './instance.ts';
import { type Generator, makeBodies, targetOf, unrefused, withoutGenerator } from './load.ts';
import { median, quantile, rounded } from './numbers.ts';
import { CORES } from './processes.ts';

/** The program as it is, beside itself with an fdatasync that does nothing; logs a second and milliseconds. */
export interface Durability {
  readonly durable: Side;
  readonly fromMemory: Side;
  /** Ratios of the rates of neighbouring runs. */
  readonly ratio: number;
}

interface Side {
  readonly acknowledged: number;
  readonly p50: number;
  readonly p99: number;
}

interface Sizes {
  readonly seconds: number;
  readonly perRequest: number;
  readonly runs: number;
  readonly lanes: number;
}

const DIFFERENT_REQUESTS = 200;

/** Two instances in one run, loaded in turns; each has stored what it was sent before the other is loaded. */
export async function measureDurability(sizes: Sizes, generator: Generator): Promise<Durability> {
  const bodies = makeBodies('logs', DIFFERENT_REQUESTS, sizes.perRequest, BigInt(Date.now()) * 1_000_000n);
  await generator.give('durability', bodies);
  const preload = new URL('./acknowledge-from-memory.mjs', import.meta.url).href;
  await using opened = new AsyncDisposableStack();
  const open = async (env: Readonly<Record<string, string>>) => {
    const instance = opened.adopt(await openBenchInstance(env), (one) => one.dispose());
    const engine = opened.adopt(await openEngineSide(instance), (one) => one.close());
    return { instance, engine, runs: [] as Side[] };
  };
  const durable = await open({});
  const fromMemory = await open({ NODE_OPTIONS: `--import=${preload}` });
  for (let run = 0; run <= sizes.runs; run++)
    // Turn about, so that neither always comes first.
    for (const side of run % 2 ? [durable, fromMemory] : [fromMemory, durable]) {
      await side.engine.empty('logs');
      await side.engine.settle();
      const outcome = unrefused(
        await generator.run({
          set: 'durability',
          transport: 'http',
          target: targetOf(side.instance, TENANT, 'logs', 'http'),
          lanes: sizes.lanes,
          // Long enough that inserts and merges take their part of the cores; half, as there are two sides.
          seconds: sizes.seconds / 2,
        }),
      );
      const records = outcome.acknowledged * sizes.perRequest;
      await side.engine.reach('logs', records, 300);
      // The first round warms up.
      if (run > 0)
        side.runs.push({
          acknowledged: withoutGenerator(records, outcome.seconds, outcome.cpu, CORES),
          p50: quantile(outcome.latencies, 0.5),
          p99: quantile(outcome.latencies, 0.99),
        });
    }
  const summary = (runs: readonly Side[]): Side => ({
    acknowledged: Math.round(median(runs.map((run) => run.acknowledged))),
    p50: rounded(median(runs.map((run) => run.p50)), 2),
    p99: rounded(median(runs.map((run) => run.p99)), 2),
  });
  return {
    durable: summary(durable.runs),
    fromMemory: summary(fromMemory.runs),
    ratio: rounded(median(durable.runs.map((run, i) => run.acknowledged / fromMemory.runs[i]!.acknowledged)), 3),
  };
}

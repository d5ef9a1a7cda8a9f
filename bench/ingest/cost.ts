import { openEngineSide, readyInserts } from './engine-side.ts';
import { openBenchInstance, TENANT } from './instance.ts';
import { type Generator, makeBodies, type Signal, type Transport, targetOf, unrefused } from './load.ts';
import { median, rounded } from './numbers.ts';
import { cpuSince, readCpu } from './processes.ts';

/** CPU seconds per million records. */
export interface Cost {
  readonly signal: Signal;
  readonly transport: Transport;
  /** The main process, from the first request until the last record can be found. */
  readonly main: number;
  /** Engines, during the same time. */
  readonly engine: number;
  /** The engine for the same rows as ready blocks. */
  readonly bare: number;
  /** `main + engine` over `bare`. Our inserts have the blocks of small requests joined, the bare ones as they come. */
  readonly ratio: number;
  /** `main + engine` over `bare`, both counted until no merge runs any more. */
  readonly settledRatio: number;
}

interface Sizes {
  readonly records: number;
  readonly perRequest: number;
  readonly runs: number;
  readonly lanes: number;
}

/**
 * What is sent over each transport before anything is counted, or all there is when that is less: until then V8 compiles
 * what runs once a request (its own threads take a seventh of the main process's time), and the first requests make every
 * series and resource known.
 */
const WARM_RECORDS = 400_000;

/** Both transports and the bare insert in turns, into the same tables of one engine, which are emptied in between. */
export async function measureCost(
  signals: readonly Signal[],
  transports: readonly Transport[],
  sizes: Sizes,
  generator: Generator,
): Promise<Cost[]> {
  const costs: Cost[] = [];
  const requests = Math.ceil(sizes.records / sizes.perRequest);
  const records = requests * sizes.perRequest;
  const perMillion = 1_000_000 / records;
  for (const signal of signals) {
    const now = BigInt(Date.now()) * 1_000_000n;
    const bodies = makeBodies(signal, requests, sizes.perRequest, now);
    const inserts = readyInserts(signal, bodies, sizes.perRequest, bodies);
    await generator.give(signal, bodies);
    const instance = await openBenchInstance();
    const engine = await openEngineSide(instance);
    try {
      const send = (transport: Transport, howMany: number) =>
        generator
          .run({
            set: signal,
            transport,
            target: targetOf(instance, TENANT, signal, transport),
            lanes: sizes.lanes,
            requests: howMany,
          })
          .then(unrefused);
      const warm = Math.min(requests, Math.ceil(WARM_RECORDS / sizes.perRequest));
      for (const transport of transports) await send(transport, warm);
      await engine.reach(signal, warm * sizes.perRequest * transports.length, 300);
      await engine.insert(inserts.slice(0, 1));
      const empty = async () => {
        await engine.empty(signal);
        await engine.settle();
      };
      const whole = new Map(transports.map((transport) => [transport, [] as Whole[]]));
      const bare: Bare[] = [];
      for (let run = 0; run < sizes.runs; run++) {
        for (const transport of transports) {
          await empty();
          const before = readCpu(instance);
          await send(transport, requests);
          await engine.reach(signal, records, 300);
          const queryable = cpuSince(instance, before);
          await engine.settle();
          const settled = cpuSince(instance, before);
          whole.get(transport)!.push({ ...queryable, settled: settled.main + settled.engines });
        }
        await empty();
        const before = readCpu(instance);
        await engine.insert(inserts);
        const inserted = cpuSince(instance, before).engines;
        await engine.reach(signal, records, 1);
        await engine.settle();
        bare.push({ inserted, settled: cpuSince(instance, before).engines });
      }
      for (const [transport, runs] of whole)
        costs.push({
          signal,
          transport,
          main: rounded(median(runs.map((run) => run.main)) * perMillion, 3),
          engine: rounded(median(runs.map((run) => run.engines)) * perMillion, 3),
          bare: rounded(median(bare.map((run) => run.inserted)) * perMillion, 3),
          ratio: rounded(median(runs.map((run, i) => (run.main + run.engines) / bare[i]!.inserted)), 3),
          settledRatio: rounded(median(runs.map((run, i) => run.settled / bare[i]!.settled)), 3),
        });
    } finally {
      engine.close();
      await instance.dispose();
    }
  }
  return costs;
}

interface Whole {
  readonly main: number;
  readonly engines: number;
  readonly settled: number;
}

interface Bare {
  readonly inserted: number;
  readonly settled: number;
}

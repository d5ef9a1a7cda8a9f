/**
 * What one tenant's flood and eight heavy queries do to another tenant: acknowledgement p99 and query p95 as multiples of
 * its solo run, in every placement, with and without the flooder's quota.
 *
 * `npm run bench -- neighbour [--runs 5] [--seconds 15] [--preload 1000000] [--quota 20000] [--heavy 8] [--only pool-quota]`
 *
 * The victim (a tenant of the pool) sends 2,000 logs a second over HTTP and a few over gRPC, and asks five everyday
 * questions a second, always. Each run measures it alone, then beside a control (the flood's process aimed at a sink
 * that refuses everything: what the flood costs this machine without the instance), then beside the flooder as a pool
 * tenant and as a silo tenant, with its quota (offered ten times that) and with the quota lifted. The flood's process
 * runs at nice 19. Ratios are to the solo phase of the same run; medians over the runs.
 *
 * The goals are judged with the flooder held to its quota, an operator's means against floods: the cases marked `met` or
 * `MISSED`. The others are for information: the control is what any flood costs on this machine, and without a quota a
 * flood takes what there is. What a new tenant may send by default (200,000 records a second) is as much as this flood
 * offers: it binds on a large machine, on two cores the `lifted` cases are what it allows.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openInstance } from '../e2e/instance.ts';
import { startFlood } from './neighbour/flood.ts';
import { Phase, type PhaseResult } from './neighbour/phase.ts';
import { makePlacements, preload } from './neighbour/placements.ts';
import { startGenerator } from './traffic/drive.ts';
import { argument, median, quantile, table } from './traffic/figures.ts';
import { Asker, Curious } from './traffic/queries.ts';

const runs = argument('runs', 5);
const seconds = argument('seconds', 15);
const quota = argument('quota', 20_000);
const seed = argument('seed', 1);
const only = argument('only', '');
const heavyQueries = argument('heavy', 8);
const GOAL_ACK = 2;
const GOAL_QUERY = 1.5;
/** With a quota that binds; what happens without one is for information. */
const isJudged = (name: string): boolean => name.endsWith('-quota');
/** After a change of phase, not measured. */
const SETTLE_MS = 2_000;
/** Between runs, for the merges that the last one left. */
const REST_MS = 10_000;

const instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'warn', HANOK_ENGINE_IDLE: '0' } });
const sink = fork(join(import.meta.dirname, 'traffic', 'sink.ts'), [], { execArgv: [] });
const results = new Map<string, PhaseResult[]>();
let countsAgree = true;
const firstRefusals: number[] = [];
const refusalP99: number[] = [];

try {
  const ports = await new Promise<{ http: number; grpc: number }>((resolve) => sink.once('message', resolve as never));
  const { victim, pool, silo } = await makePlacements(instance);
  console.log(`seed ${seed}; preloading ${argument('preload', 1_000_000)} logs per flooder`);
  await preload(instance, [pool, silo], victim, argument('preload', 1_000_000), seed);
  const asker = new Asker(instance.url, victim.token);
  const own = { otlpHttp: instance.otlpHttp, otlpGrpc: instance.otlpGrpc };
  const generator = await startGenerator({
    ...own,
    seed,
    reuse: false,
    mostOpen: 64,
    nice: 0,
    lanes: [
      {
        name: 'http',
        key: victim.key,
        signal: 'logs',
        protocol: 'http',
        compressed: true,
        records: 100,
        requestsPerSecond: 20,
      },
      {
        name: 'grpc',
        key: victim.key,
        signal: 'traces',
        protocol: 'grpc',
        compressed: false,
        records: 10,
        requestsPerSecond: 10,
      },
    ],
  });
  const curious = new Curious(asker, 5, ['newest', 'words', 'services', 'trace']);
  const phase = new Phase(instance, generator, curious);

  const measure = async (name: string, about: () => Promise<() => Promise<void>>): Promise<void> => {
    if (only !== '' && name !== 'solo' && !name.startsWith(only)) return;
    const end = await about();
    await pause(SETTLE_MS);
    const result = await phase.measure(seconds);
    await end();
    results.set(name, [...(results.get(name) ?? []), result]);
    console.log(
      `${name.padEnd(12)} ack p50 ${result.ack.p50.toFixed(1)} p99 ${result.ack.p99.toFixed(1)} ms (${result.byLane}), query p50 ${result.query.p50.toFixed(0)} p95 ${result.query.p95.toFixed(0)} ms, refused ${result.refused}, failed ${result.failed}, cpu ${result.cpu}`,
    );
    // Let what the flood left behind be drained, so that the next phase is not measured in its wake.
    await phase.settled();
  };

  for (let run = 0; run < runs; run++) {
    console.log(`run ${run + 1} of ${runs}`);
    if (run > 0) await pause(REST_MS);
    await measure('solo', async () => async () => {});
    await measure('control', async () => {
      const flood = await startFlood({
        instance,
        to: { otlpHttp: `http://127.0.0.1:${ports.http}`, otlpGrpc: `127.0.0.1:${ports.grpc}` },
        flooder: pool,
        recordsPerSecond: 10 * quota,
        heavy: 0,
        seed: seed + run,
      });
      return async () => void (await flood.stop());
    });
    // What binds first: a lifted flood leaves merges behind that go on for several seconds.
    for (const limit of ['quota', 'lifted'] as const)
      for (const [where, flooder] of [
        ['pool', pool],
        ['silo', silo],
      ] as const) {
        await measure(`${where}-${limit}`, async () => {
          await flooder.limit(limit === 'quota' ? quota : 100_000_000);
          const flood = await startFlood({
            instance,
            to: own,
            flooder,
            recordsPerSecond: 10 * quota,
            heavy: heavyQueries,
            seed: seed + run,
          });
          return async () => {
            const { heavy, refusals, told, firstRefusalMs, refusalMs, sent } = await flood.stop();
            if (limit === 'quota') {
              firstRefusals.push(firstRefusalMs ?? Number.POSITIVE_INFINITY);
              refusalP99.push(quantile(refusalMs, 0.99));
              countsAgree &&= refusals === told;
            }
            console.log(
              `             flood: ${sent} records taken, ${refusals} requests refused (instance counted ${told}), first after ${firstRefusalMs?.toFixed(0) ?? '-'} ms, told within p99 ${quantile(refusalMs, 0.99).toFixed(0)} ms; heavy queries ${heavy}`,
            );
          };
        });
      }
  }
  await curious.stop();
  await generator.stop();
  asker.close();
} finally {
  sink.kill();
  await instance.dispose();
}

const solo = results.get('solo')!;
const lines = [...results].map(([name, measured]) => {
  const ratio = (of: (one: PhaseResult) => number) => median(measured.map((one, i) => of(one) / of(solo[i]!)));
  return {
    name,
    ackP99Ms: median(measured.map((one) => one.ack.p99)),
    ackRatio: ratio((one) => one.ack.p99),
    queryP95Ms: median(measured.map((one) => one.query.p95)),
    queryRatio: ratio((one) => one.query.p95),
    victimRefused: measured.reduce((sum, one) => sum + one.refused + one.failed, 0),
  };
});
const meets = (one: (typeof lines)[number]): boolean =>
  one.ackRatio <= GOAL_ACK && one.queryRatio <= GOAL_QUERY && one.victimRefused === 0;
console.log();
console.log(
  table([
    [
      '',
      'ack p99 ms',
      `x solo (goal ${GOAL_ACK})`,
      'query p95 ms',
      `x solo (goal ${GOAL_QUERY})`,
      'victim refused',
      'goals',
    ],
    ...lines.map((one) => [
      one.name,
      one.ackP99Ms.toFixed(1),
      one.ackRatio.toFixed(2),
      one.queryP95Ms.toFixed(0),
      one.queryRatio.toFixed(2),
      String(one.victimRefused),
      isJudged(one.name) ? (meets(one) ? 'met' : 'MISSED') : 'for information',
    ]),
  ]),
);
if (firstRefusals.length > 0) {
  console.log(
    `flooder over its quota: first refusal after ${median(firstRefusals).toFixed(0)} ms (goal 1000), each told within p99 ${median(refusalP99).toFixed(0)} ms, every refusal counted: ${countsAgree ? 'yes' : 'NO'}`,
  );
}
console.log(
  JSON.stringify({
    bench: 'neighbour',
    runs,
    seconds,
    quota,
    phases: lines.map((one) => ({ ...one, judged: isJudged(one.name), met: meets(one) })),
    firstRefusalMs: firstRefusals.length > 0 ? median(firstRefusals) : null,
    refusalP99Ms: refusalP99.length > 0 ? median(refusalP99) : null,
    refusalsCounted: countsAgree,
    goals: { ackRatio: GOAL_ACK, queryRatio: GOAL_QUERY, firstRefusalMs: 1_000 },
  }),
);

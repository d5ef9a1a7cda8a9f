import { setTimeout as pause } from 'node:timers/promises';
import type { Generator } from '../traffic/drive.ts';
import { quantile } from '../traffic/figures.ts';
import type { Probe } from './probe.ts';
import type { Tally } from './tally.ts';

/** Each step is this much more than the one before. */
const STEP = 1.35;
/** A pace that is not held is lowered by so much. */
const LOWER = 1.15;
const STEP_MS = 8_000;
const LAG_MOST_MS = 4_000;
const ACK_MOST_MS = 1_000;
const CALM_LAG_MS = 1_500;
/** Parts of a first size are merged within seconds, those that come of them within a minute or two. */
const HOLD_STEPS = 12;
/** From 150 on inserts wait for merges. */
const PARTS_MOST = 100;

/**
 * The highest pace, in multiples of the generator's own, at which everything was acknowledged in time, nothing was
 * refused or left unsent, and the stores kept up: looked for in steps of some seconds, then held until merges have their
 * share of the cores, and lowered for as long as it is not. The generator stands at pace 0 afterwards.
 */
export async function calibrate(generator: Generator, probe: Probe, tally: Tally): Promise<number> {
  let sustained = 0;
  for (let factor = 1; ; factor *= STEP) {
    let good = await step(generator, probe, tally, factor);
    if (!good) {
      // A cold instance or a hiccup of the machine is not the limit: once more.
      await calmDown(generator, probe, sustained);
      good = await step(generator, probe, tally, factor);
    }
    if (!good) break;
    sustained = factor;
  }
  while (sustained > 0 && !(await hold(generator, probe, tally, sustained))) {
    sustained = sustained > 1 ? Math.max(1, sustained / LOWER) : 0;
    await calmDown(generator, probe, sustained / 2);
  }
  generator.factor(0);
  return sustained;
}

/** Goes on at a lower pace until what a higher one left behind is drained. */
async function calmDown(generator: Generator, probe: Probe, factor: number): Promise<void> {
  generator.factor(factor);
  for (let i = 0; i < 60 && (await probe.meters()).lagMs > CALM_LAG_MS; i++) await pause(500);
}

/** Whether the pace was held, step after step, and parts did not pile up. */
async function hold(generator: Generator, probe: Probe, tally: Tally, factor: number): Promise<boolean> {
  for (let i = 0; i < HOLD_STEPS; i++) if (!(await step(generator, probe, tally, factor))) return false;
  const { partsMost, partsMostWhere } = await probe.sample();
  console.log(`  ${partsMost} parts in ${partsMostWhere}, at most ${PARTS_MOST} wanted`);
  return partsMost <= PARTS_MOST;
}

/** Whether the pace was held for some seconds. */
async function step(generator: Generator, probe: Probe, tally: Tally, factor: number): Promise<boolean> {
  generator.factor(factor);
  // The first moments belong to the step before.
  await pause(1_500);
  tally.add(await generator.report());
  await pause(STEP_MS);
  const lanes = await generator.report();
  tally.add(lanes);
  const { lagMs } = await probe.meters();
  const p99 = quantile(
    lanes.flatMap((lane) => lane.latencies),
    0.99,
  );
  const troubled = lanes.reduce(
    (sum, lane) => sum + lane.refusedRequests + lane.failedRequests + lane.skippedRequests,
    0,
  );
  const perSecond = lanes.reduce((sum, lane) => sum + lane.acceptedRecords, 0) / (STEP_MS / 1_000);
  const good = troubled === 0 && lagMs < LAG_MOST_MS && p99 < ACK_MOST_MS;
  console.log(
    `  ${Math.round(perSecond).toLocaleString('en')} records/s acknowledged, ack p99 ${p99.toFixed(0)} ms, store behind ${(lagMs / 1_000).toFixed(1)} s, refused or unsent ${troubled}: ${good ? 'sustained' : 'too much'}`,
  );
  return good;
}

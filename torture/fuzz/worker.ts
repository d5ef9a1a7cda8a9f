/**
 * One process of the fuzz: judges the inputs of its share, one in `step`. Before each it writes the input's number where
 * the supervisor reads it, so that a hang or a dead process leaves behind which one it was.
 */
import { openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { FuzzInputs } from '../../server/src/receivers/otlp/testkit/inputs.ts';
import { Disagreement } from '../../server/src/receivers/otlp/testkit/judge.ts';
import { type Judge, minimise, openJudge } from './judge.ts';
import type { FromWorker, Sample, Share } from './share.ts';

const share = JSON.parse(process.argv[2]!) as Share;
const inputs = new FuzzInputs(share.seed);
let judge: Judge | undefined = openJudge();
const place = openSync(share.placeFile, 'w');
const number = Buffer.alloc(8);
const counts = { agreed: 0, refused: 0, kinder: 0, stricter: 0, limited: 0 };
const tell = (message: FromWorker) => process.send?.(message);

/** How often memory is looked at after the warm-up. */
const SAMPLES = 10;

/** What is held once garbage is gone. */
function held(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const samples: Sample[] = [];
const sampleEvery = Math.max(1, Math.floor((share.to - share.from - share.warmUp) / SAMPLES));
let nextSample = share.from + share.warmUp;
for (let n = share.from; n < share.to; n += share.step) {
  number.writeDoubleLE(n);
  writeSync(place, number, 0, 8, 0);
  if (n >= nextSample) {
    nextSample += sampleEvery;
    const full = held();
    judge = undefined;
    await setImmediate();
    samples.push({ held: full, bare: held(), rss: process.memoryUsage.rss() });
  }
  // zlib lets go of what a failed call held when the event loop turns, as it does between two requests.
  if (n % 32 < share.step) await setImmediate();
  const input = inputs.make(n);
  try {
    judge ??= openJudge();
    counts[judge(input)]++;
  } catch (error) {
    const kind = (one: unknown) => (one instanceof Error ? `${one.name} ${one.message.slice(0, 24)}` : String(one));
    // A judge of its own: the one that failed may be in pieces.
    const again = openJudge();
    const smallest = minimise(input, (smaller) => {
      try {
        again(smaller);
        return false;
      } catch (failure) {
        return kind(failure) === kind(error);
      }
    });
    tell({
      type: 'failure',
      n,
      disagreement: error instanceof Disagreement,
      reason: String(error instanceof Error ? error.stack : error).slice(0, 3_000),
      smallest: smallest.bytes.toString('base64'),
    });
  }
}
tell({ type: 'done', counts, samples });
process.disconnect?.();

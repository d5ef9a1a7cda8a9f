/**
 * One process of the fuzz: judges the inputs of its share, one in `step`. Before each it writes the input's number where
 * the supervisor reads it, so that a hang or a dead process leaves behind which one it was.
 */
import { openSync, writeSync } from 'node:fs';
import { FuzzInputs } from '../../server/src/receivers/otlp/testkit/inputs.ts';
import { Disagreement } from '../../server/src/receivers/otlp/testkit/judge.ts';
import { minimise, openJudge } from './judge.ts';
import type { FromWorker, Share } from './share.ts';

const share = JSON.parse(process.argv[2]!) as Share;
const inputs = new FuzzInputs(share.seed);
const judge = openJudge();
const place = openSync(share.placeFile, 'w');
const number = Buffer.alloc(8);
const counts = { agreed: 0, refused: 0, kinder: 0, stricter: 0, limited: 0 };
const tell = (message: FromWorker) => process.send?.(message);

/** What is held once garbage is gone. */
function held(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

let before: { held: number; rss: number } | undefined;
for (let n = share.from; n < share.to; n += share.step) {
  number.writeDoubleLE(n);
  writeSync(place, number, 0, 8, 0);
  if (before === undefined && n - share.from >= share.warmUp) before = { held: held(), rss: process.memoryUsage.rss() };
  const input = inputs.make(n);
  try {
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
tell({
  type: 'done',
  counts,
  memory: before && { before, after: { held: held(), rss: process.memoryUsage.rss() } },
});
process.disconnect?.();

/** Ends a process whose event loop turns without rest, and says in which case it did: no timer of its own can. */
import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const LOOK_EVERY_MS = 1_000;

interface Shared {
  /** How many cases were begun, and the seed of the last. */
  readonly cells: Int32Array;
  readonly withinMs: number;
}

/** Call what is returned with each case's seed (31 bits) as it begins. */
export function watchCases(withinMs: number): (seed: number) => void {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  new Worker(new URL(import.meta.url), { workerData: { cells, withinMs } satisfies Shared }).unref();
  return (seed) => {
    Atomics.store(cells, 1, seed);
    Atomics.add(cells, 0, 1);
  };
}

if (!isMainThread) {
  const { cells, withinMs } = workerData as Shared;
  let seen = 0;
  let since = performance.now();
  setInterval(() => {
    const begun = Atomics.load(cells, 0);
    if (begun !== seen) since = performance.now();
    seen = begun;
    if (performance.now() - since < withinMs) return;
    writeSync(2, `case ${seen} (seed ${Atomics.load(cells, 1)}): not over within ${withinMs} ms\n`);
    process.kill(process.pid, 'SIGKILL');
  }, LOOK_EVERY_MS);
}

import { performance } from 'node:perf_hooks';

/**
 * Memory goes back when work pauses. V8 collects when something is allocated, so a process that falls silent after load
 * would keep what it had at the busiest moment, buffers outside the heap included, until the next load.
 */
const LOOK_EVERY_MS = 10_000;
/** Share of an interval in which the event loop worked. */
const BUSY = 0.05;
/** A pause counts when so many intervals in a row were quiet: a sender's minute does not. */
const QUIET_LOOKS = 2;

export interface Rest {
  readonly worked: boolean;
  readonly quiet: number;
}
export const RESTED: Rest = { worked: false, quiet: 0 };

/** What an interval of this utilisation makes of it, and whether now is the time to collect. */
export function decideRest(before: Rest, utilization: number): Rest & { readonly collect: boolean } {
  if (utilization >= BUSY) return { worked: true, quiet: 0, collect: false };
  if (!before.worked) return { ...RESTED, collect: false };
  const quiet = before.quiet + 1;
  return quiet < QUIET_LOOKS ? { worked: true, quiet, collect: false } : { ...RESTED, collect: true };
}

/**
 * Watches this thread's event loop until the returned function is called. Needs `--expose-gc`
 * (`scripts/node-flags.mjs`); without it nothing is done.
 */
export function collectAtRest(): () => void {
  const { gc } = globalThis;
  if (gc === undefined) return () => undefined;
  // Starting was work.
  let rest: Rest = { worked: true, quiet: 0 };
  let last = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const next = decideRest(rest, performance.eventLoopUtilization(now, last).utilization);
    last = now;
    rest = next;
    // The second pass frees the buffers whose owners the first one found dead.
    if (next.collect)
      for (let pass = 0; pass < 2; pass++) gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

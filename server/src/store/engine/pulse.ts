/** What is known of a running engine's health. Times are milliseconds in which we attended (`attention.ts`). */
export interface Pulse {
  /** Last good answer to a ping. */
  readonly heardAt: number;
  /** Last answer of any kind that was the engine's own, an exception included. */
  readonly spokeAt: number;
}

export interface Beat {
  /** It is to be replaced, and why. */
  readonly replace: string | undefined;
  /** Ask it nothing for now. */
  readonly silent: boolean;
  /** From the last ping to the next, whether that one is answered or not: what swallowed it may be gone. */
  readonly pingEveryMs: number;
  /** With no answer meanwhile, it is to be thought of anew after this. */
  readonly lookAfterMs: number;
}

const PING_EVERY_MS = 1_000;
const PING_AGAIN_MS = 250;
/** An engine that answers every ping with an exception (out of its memory, mostly) has this many limits to recover. */
const UNWELL_LIMITS = 6;

/** `limit`: without a good answer for this long, an engine is replaced. Half of it, and it is held for silent. */
export function decidePulse(pulse: Pulse, now: number, limit: number): Beat {
  const unheard = now - pulse.heardAt;
  const unspoken = now - pulse.spokeAt;
  const replace =
    unspoken >= limit
      ? `no answer to a ping within ${limit} ms`
      : unheard >= UNWELL_LIMITS * limit
        ? `every ping was answered with an exception for ${UNWELL_LIMITS * limit} ms`
        : undefined;
  const silent = unspoken >= limit / 2;
  return {
    replace,
    silent,
    // An engine that has missed a ping is asked again soon.
    pingEveryMs: Math.min(unheard < PING_EVERY_MS + PING_AGAIN_MS ? PING_EVERY_MS : PING_AGAIN_MS, limit / 2),
    lookAfterMs: Math.max(1, Math.ceil((silent ? limit : limit / 2) - unspoken)),
  };
}

export function afterPing(before: Pulse, answer: 'well' | 'unwell', now: number): Pulse {
  if (answer === 'well') return { heardAt: now, spokeAt: now };
  return { ...before, spokeAt: now };
}

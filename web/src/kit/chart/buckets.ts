/** Less than this share of a bucket says nothing yet. */
const LEAST_COVERED = 0.1;

/** The time that counts cover, Unix milliseconds. */
export interface Covered {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Events per second in each bucket. The first and the last bucket are divided by the time that was counted of them, not
 * by their whole length; otherwise every chart would seem to collapse at its ends.
 */
export function ratePerBucket(
  counts: readonly number[],
  startMs: number,
  stepMs: number,
  counted: Covered,
): Array<number | null> {
  return counts.map((count, i) => {
    const begin = startMs + i * stepMs;
    const covered = Math.max(0, Math.min(begin + stepMs, counted.toMs) - Math.max(begin, counted.fromMs));
    return covered < stepMs * LEAST_COVERED ? null : count / (covered / 1_000);
  });
}

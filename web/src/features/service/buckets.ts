/** Less than this share of a bucket says nothing yet. */
const LEAST_COVERED = 0.1;

/**
 * Events per second in each bucket. The last bucket is divided by the time that has passed of it, not by its whole
 * length; otherwise every chart would seem to collapse at its right end. `untilMs` is when the counts were taken.
 */
export function ratePerBucket(
  counts: readonly number[],
  startMs: number,
  stepMs: number,
  untilMs: number,
): Array<number | null> {
  return counts.map((count, i) => {
    const covered = Math.max(0, Math.min(stepMs, untilMs - (startMs + i * stepMs)));
    return covered < stepMs * LEAST_COVERED ? null : count / (covered / 1_000);
  });
}

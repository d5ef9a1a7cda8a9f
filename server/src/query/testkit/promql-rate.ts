/**
 * PromQL's `rate` and `increase` over arrays, as plainly as they can be written: what the store's plans are compared
 * with. After Prometheus' `extrapolatedRate` (promql/functions.go) and its zero samples from created timestamps.
 */
export interface Sample {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
  /** OTLP's start of the series, seconds; absent when unknown. */
  readonly start?: number | undefined;
}

/** In order of time, one per time (the largest), and with a zero where a start is known, is before its point and after the last. */
export function withZeroSamples(samples: readonly Sample[]): Sample[] {
  const result: Sample[] = [];
  for (const sample of [...samples].sort((a, b) => a.at - b.at || b.value - a.value)) {
    const before = result.at(-1);
    if (before?.at === sample.at) continue;
    if (sample.start !== undefined && sample.start < sample.at && (!before || sample.start > before.at))
      result.push({ at: sample.start, value: 0 });
    result.push(sample);
  }
  return result;
}

/** `samples` with their zeros; the window is open on the left and closed on the right, in seconds. */
export function extrapolatedIncrease(samples: readonly Sample[], from: number, to: number): number | null {
  const within = samples.filter(({ at }) => at > from && at <= to);
  const first = within[0];
  const last = within.at(-1);
  if (!first || !last || within.length < 2) return null;
  let increase = last.value - first.value;
  for (let i = 1; i < within.length; i++) if (within[i]!.value < within[i - 1]!.value) increase += within[i - 1]!.value;

  const sampled = last.at - first.at;
  const gap = sampled / (within.length - 1);
  let toStart = first.at - from;
  let toEnd = to - last.at;
  if (toStart >= gap * 1.1) toStart = gap / 2;
  if (increase > 0 && first.value >= 0) toStart = Math.min(toStart, sampled * (first.value / increase));
  if (toEnd >= gap * 1.1) toEnd = gap / 2;
  return (increase * (sampled + toStart + toEnd)) / sampled;
}

import type { BarSeries } from './chart/stacked-bars.tsx';

const LEVELS = ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export function levelToken(level: string): `--${string}` | undefined {
  return (LEVELS as readonly string[]).includes(level) ? `--severity-${level}` : undefined;
}

/** Least severe at the bottom, so that errors stand on top where they are seen. */
export function levelBars(
  series: ReadonlyArray<{ readonly key: string; readonly counts: readonly number[] }>,
): BarSeries[] {
  const rank = (key: string) => (LEVELS as readonly string[]).indexOf(key);
  return series
    .toSorted((a, b) => rank(a.key) - rank(b.key))
    .map((one) => ({ key: one.key, counts: one.counts, token: levelToken(one.key) ?? '--severity-unspecified' }));
}

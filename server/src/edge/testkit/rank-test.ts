/**
 * Mann and Whitney's test of two samples (1947): do values of one tend to be larger? By ranks, so that a few slow answers
 * of a busy machine weigh no more than any others. Normal approximation with the correction for ties, good from 20 values on.
 */
export function rankTest(a: readonly number[], b: readonly number[]): { readonly z: number; readonly p: number } {
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))];
  all.sort((x, y) => x.value - y.value);
  const [m, n] = [a.length, b.length];
  let ranks = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from + 1;
    while (to < all.length && all[to]!.value === all[from]!.value) to++;
    const tied = to - from;
    // Ranks begin at 1; equal values share the mean of theirs.
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) if (all[i]!.first) ranks += rank;
    ties += tied ** 3 - tied;
    from = to;
  }
  const total = m + n;
  const u = ranks - (m * (m + 1)) / 2;
  const variance = ((m * n) / 12) * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return { z: 0, p: 1 };
  const z = (u - (m * n) / 2) / Math.sqrt(variance);
  return { z, p: 2 * upperTail(Math.abs(z)) };
}

/** Upper tail of the normal distribution; Abramowitz and Stegun 26.2.17, off by less than 8e-8. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}

/** Looks at one pair of questions: all of them must find a difference in the same direction. */
export const LOOKS = 3;

/**
 * The level of one look, for a family of `tests` honest pairs to be taken for an oracle once in `once` runs of the suite:
 * looks are at fresh samples, so an honest pair fails all of them, each in the direction of the first, with probability
 * level × (level / 2)^(LOOKS − 1); by Bonferroni the family fails with at most `tests` times that.
 */
export function levelFor(tests: number, once = 10_000): number {
  return (2 ** (LOOKS - 1) / (tests * once)) ** (1 / LOOKS);
}

export interface FacetValue {
  readonly value: string;
  /** Absent for a chosen value that is not among the most frequent ones. */
  readonly count?: number | undefined;
  readonly token?: `--${string}` | undefined;
}

/** What is chosen stays in sight although it is rare. */
export function withChosen(facet: {
  readonly values: readonly FacetValue[];
  readonly kept: readonly string[];
  readonly excluded: readonly string[];
}): readonly FacetValue[] {
  const listed = new Set(facet.values.map((one) => one.value));
  const missing = [...facet.kept, ...facet.excluded].filter((value) => !listed.has(value));
  return [...facet.values, ...missing.map((value) => ({ value }))];
}

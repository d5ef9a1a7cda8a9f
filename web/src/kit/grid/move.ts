/** Rows that a page key passes. */
const PAGE = 20;

/**
 * Where a key leads in a list of `count` rows from row `at` (-1: none yet), or undefined when the key is not one that
 * moves. Keys are named by their place (`event.code`), so that `j` works while the Korean layout would type `ㅓ`. The
 * first key of a list without a current row leads to its first row, End to its last.
 */
export function decideMove(code: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined;
  const step = STEPS[code];
  if (step === undefined) return undefined;
  if (step === 'first') return 0;
  if (step === 'last') return count - 1;
  if (at < 0) return 0;
  return Math.max(0, Math.min(count - 1, at + step));
}

const STEPS: Readonly<Record<string, number | 'first' | 'last'>> = {
  ArrowDown: 1,
  KeyJ: 1,
  ArrowUp: -1,
  KeyK: -1,
  PageDown: PAGE,
  PageUp: -PAGE,
  Home: 'first',
  End: 'last',
};

/**
 * The place of the current row after the list has changed: where it was when it still stands there, else where its id
 * stands now. Equal rows may have equal ids, so the place is asked first.
 */
export function placeOf<Row>(
  rows: readonly Row[],
  rowId: (row: Row) => string,
  current: { readonly id: string; readonly at: number } | undefined,
): number {
  if (!current) return -1;
  const there = rows[current.at];
  if (there !== undefined && rowId(there) === current.id) return current.at;
  return rows.findIndex((row) => rowId(row) === current.id);
}

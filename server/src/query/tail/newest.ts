import type { Line, Wanted } from './messages.ts';

const byTime = (a: { readonly time: bigint }, b: { readonly time: bigint }): number =>
  a.time < b.time ? -1 : a.time > b.time ? 1 : 0;

/** The newest, oldest first; those of one time stay in the order they came in. */
export function newest<T extends { readonly time: bigint }>(lines: readonly T[], most: number): T[] {
  const sorted = [...lines].sort(byTime);
  return most === 0 ? [] : sorted.slice(-most);
}

/** The newest lines that are wanted. */
export function newestLines(lines: readonly Line[], wanted: Wanted): Line[] {
  const kept = newest(lines, wanted.lines);
  let characters = 0;
  let first = kept.length;
  while (first > 0) {
    characters += kept[first - 1]!.data.length;
    if (characters > wanted.characters && first < kept.length) break;
    first--;
  }
  return kept.slice(first);
}

/**
 * The last lines of what the store answered and what the journal holds. While the store was asked it may have taken in
 * some of what the journal holds: a line of both is one, and so many lines alike are as many as the larger side has.
 */
export function lastLines(stored: readonly Line[], heard: readonly Line[], wanted: Wanted): Line[] {
  const doubles = new Map<string, number>();
  for (const { id } of heard) doubles.set(id, (doubles.get(id) ?? 0) + 1);
  const rest = stored.filter(({ id }) => {
    const left = doubles.get(id) ?? 0;
    if (left > 0) doubles.set(id, left - 1);
    return left === 0;
  });
  return newestLines([...rest, ...heard], wanted);
}

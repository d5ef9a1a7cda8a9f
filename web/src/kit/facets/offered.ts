import type { FieldInfo } from '@hanok/contract';
import { matchesHangul } from '../../format/hangul.ts';

/** Names listed at once; typing finds the others. */
const MOST_LISTED = 30;
const COUNTABLE: ReadonlySet<FieldInfo['type']> = new Set(['string', 'number', 'boolean']);

/**
 * Attributes whose values can be looked at as one more facet, the most frequent first: those that records and their
 * resources really had, without what is a facet already. `more` were not listed.
 */
export function offeredFields(
  known: readonly FieldInfo[],
  shown: readonly string[],
  needle: string,
): { readonly names: readonly string[]; readonly more: number } {
  const there = new Set(shown.flatMap((name) => [name, `resource.${name}`]));
  const found = known.filter(
    ({ name, source, type }) =>
      (source === 'attribute' || source === 'resource') &&
      COUNTABLE.has(type) &&
      !there.has(name) &&
      matchesHangul(name, needle),
  );
  const names = found
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name))
    .slice(0, MOST_LISTED)
    .map(({ name }) => name);
  return { names, more: found.length - names.length };
}

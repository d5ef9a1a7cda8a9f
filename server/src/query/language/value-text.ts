import { type Fragment, joined, sql } from '#store';

/**
 * The text that a value inside JSON, `v`, is looked for by; `v` is as JSONExtractRaw gives it. As `textOfValue` in
 * decode/attributes.ts. One expression tells the tagged forms of contract `AnyValue`, because long queries are refused by
 * the calls they take (store/plan/size.ts) and this stands in every term.
 */
const VALUE_TEXT = sql`if(startsWith(v, '"'), JSONExtractString(v), replaceRegexpOne(v, '^[{]"(?:int|double|bytes)":"([^"]*)"[}]$', '\\1'))`;

/** The texts of all values in some lists of raw JSON. */
export function textsOf(lists: readonly Fragment[]): Fragment {
  const values = lists.length === 1 ? lists[0]! : sql`arrayConcat(${joined(lists, ', ')})`;
  return sql`arrayMap(v -> ${VALUE_TEXT}, ${values})`;
}

import { bind, type Fragment, sql } from '#store';
import { escapeLike } from './like.ts';
import { textsOf } from './value-text.ts';

/** The texts at a path in each of `texts`, as `memberTexts` of decode/members.ts finds them. */
export function memberTexts(texts: Fragment, path: readonly string[]): Fragment {
  return textsOf([memberValues(texts, path)]);
}

/**
 * The values, as raw JSON, at a path in each of `texts`: in maps as the store keeps them and in texts that are JSON objects.
 * Parsing is spared where a name does not occur.
 */
export function memberValues(texts: Fragment, path: readonly string[]): Fragment {
  const names = path.filter((name) => /^[\w.-]+$/.test(name)).map((name) => `%"${escapeLike(name)}"%`);
  const [first = '%', ...more] = names;
  const likely = more.reduce<Fragment>(
    (condition, pattern) => sql`${condition} AND t LIKE ${bind.string(pattern)}`,
    sql`t LIKE ${bind.string(`{${first}`)}`,
  );
  return path.reduce<Fragment>(
    (found, name) => sql`arrayFlatten(arrayMap(v -> ${inside(name)}, ${found}))`,
    sql`arrayFilter(t -> ${likely}, ${texts})`,
  );
}

/** Values, as raw JSON, that the map or object `v` has under a name. */
function inside(name: string): Fragment {
  const key = bind.string(name);
  return sql`arrayConcat(arraySlice(arrayMap(p -> JSONExtractRaw(p, 2), arrayFilter(p -> JSONExtractString(p, 1) = ${key}, JSONExtractArrayRaw(v, 'kv'))), 1, 1), arrayFilter(r -> r != '', [JSONExtractRaw(v, ${key})]))`;
}

import { bind, type Fragment, sql } from '#store';

/**
 * The texts at a path in each of `texts`, as `memberTexts` of decode/members.ts finds them: in maps as the store keeps
 * them and in texts that are JSON objects. Parsing is spared where a name does not occur.
 */
export function memberTexts(texts: Fragment, path: readonly string[]): Fragment {
  const likely = path
    .filter((name) => /^[\w.-]+$/.test(name))
    .reduce<Fragment>(
      (condition, name) => sql`${condition} AND position(t, ${bind.string(`"${name}"`)}) > 0`,
      sql`startsWith(t, '{')`,
    );
  const values = path.reduce<Fragment>(
    (found, name) => sql`arrayFlatten(arrayMap(v -> ${inside(name)}, ${found}))`,
    sql`arrayFilter(t -> ${likely}, ${texts})`,
  );
  return sql`arrayMap(v -> ${VALUE_TEXT}, ${values})`;
}

/** Values, as raw JSON, that the map or object `v` has under a name. */
function inside(name: string): Fragment {
  const key = bind.string(name);
  return sql`arrayConcat(arraySlice(arrayMap(p -> JSONExtractRaw(p, 2), arrayFilter(p -> JSONExtractString(p, 1) = ${key}, JSONExtractArrayRaw(v, 'kv'))), 1, 1), arrayFilter(r -> r != '', [JSONExtractRaw(v, ${key})]))`;
}

/** As `textOfValue` in decode/attributes.ts. */
const VALUE_TEXT = sql`multiIf(JSONType(v) = 'String', JSONExtractString(v), JSONType(v) != 'Object', v, JSONHas(v, 'int'), JSONExtractString(v, 'int'), JSONHas(v, 'double'), JSONExtractString(v, 'double'), JSONHas(v, 'bytes'), JSONExtractString(v, 'bytes'), v)`;

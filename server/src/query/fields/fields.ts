import type { FieldInfo, Signal } from '@hanok/contract';
import { type FieldType, type Target, TOP_FIELDS, targetOf, topField } from '@hanok/contract/query';
import { type Route, serve } from '#base';
import { bind, type Fragment, joined, name, type PlanSource, select, sql } from '#store';
import { formOf } from '../language/columns.ts';
import { labelOfTarget } from '../language/label.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { type Range, within, withinDays } from '../range.ts';
import { numberOf, textOf } from '../rows.ts';

const TYPES: Readonly<Record<FieldType, FieldInfo['type']>> = {
  text: 'string',
  string: 'string',
  level: 'string',
  choice: 'string',
  id: 'string',
  number: 'number',
  duration: 'duration',
  time: 'time',
  flag: 'boolean',
};
/** Letters of base/layout/tables.ts. */
const LETTERS: Readonly<Record<string, FieldInfo['type']>> = {
  b: 'boolean',
  i: 'number',
  d: 'number',
  y: 'bytes',
  a: 'list',
  m: 'list',
};
const SOURCES = { attribute: 'attribute', resource: 'resource', scope: 'scope' } as const;
/** Keys looked through for one answer. */
const MOST_KEYS = 10_000;

/** A key as it is typed in a query so that it means this source. */
export function typedName(signal: Signal, source: keyof typeof SOURCES, key: string): string {
  if (source === 'attribute') return targetOf(signal, key).source === 'any' ? key : `attributes.${key}`;
  return `${source}.${key}`;
}

export function fields(queries: Queries): Route {
  return serve('GET /api/v1/fields', async (context) => {
    const { signal, prefix, limit } = context.input;
    const range = queries.range(context.input);
    const own = TOP_FIELDS.filter((field) => field.signals.includes(signal)).map(
      (field): FieldInfo => ({ name: field.name, source: 'field', type: TYPES[field.type], count: 0 }),
    );
    const rows = await queries.session(context).rows(
      select({
        columns: { src: name('source'), k: name('key'), t: sql`argMax(type, count)`, n: sql`sum(count)` },
        from: 'fields',
        where: [...withinDays(range), sql`signal = ${bind.string(signal)}`, sql`value = ''`],
        groupBy: [name('src'), name('k')],
        orderBy: [sql`n DESC`, name('k')],
        limit: MOST_KEYS,
      }),
    );
    const sent = rows.flatMap((row): FieldInfo[] => {
      const source = SOURCES[textOf(row['src']) as keyof typeof SOURCES];
      const key = textOf(row['k']);
      // A resource attribute with a column of its own is listed once, by that column.
      if (source === undefined || (source === 'resource' && topField(signal, key))) return [];
      return [
        {
          name: typedName(signal, source, key),
          source,
          type: LETTERS[textOf(row['t'])] ?? 'string',
          count: numberOf(row['n']),
        },
      ];
    });
    const wanted = prefix.toLowerCase();
    const begins = (one: FieldInfo) => one.name.toLowerCase().startsWith(wanted);
    const inside = (one: FieldInfo) => one.name.toLowerCase().includes(wanted);
    const all = [...own, ...sent];
    // What begins with the text first; then what has it somewhere, such as `route` in `http.route`.
    return { fields: [...all.filter(begins), ...all.filter((one) => !begins(one) && inside(one))].slice(0, limit) };
  });
}

interface Wanted {
  readonly session: QuerySession;
  readonly signal: Signal;
  readonly range: Range;
  readonly prefix: string;
  readonly limit: number;
}
interface ValueCount {
  readonly value: string;
  readonly count: number;
}

export function fieldValues(queries: Queries): Route {
  return serve('GET /api/v1/fields/values', async (context) => {
    const { signal, field, prefix, limit } = context.input;
    const wanted: Wanted = {
      session: queries.session(context),
      signal,
      range: queries.range(context.input),
      prefix,
      limit,
    };
    return { values: [...(await valuesOf(wanted, targetOf(signal, field), field))] };
  });
}

async function valuesOf(wanted: Wanted, target: Target, field: string): Promise<readonly ValueCount[]> {
  if (target.source !== 'field') {
    const sampled = target.source === 'claim' ? [] : await sampledValues(wanted, target);
    return sampled.length > 0 ? sampled : scannedValues(wanted, target, field);
  }
  const known = target.field.type === 'flag' ? ['true', 'false'] : target.field.values;
  if (known)
    return known
      .filter((value) => value.startsWith(wanted.prefix.toLowerCase()))
      .slice(0, wanted.limit)
      .map((value) => ({ value, count: 0 }));
  const form = formOf(target.field);
  // Every service, environment and host has a resource; every span name an operation.
  if (form.form === 'text' && ['service.name', 'deployment.environment', 'host.name'].includes(target.field.name))
    return counted(wanted, 'resources', form.text, sql`uniqExact(resource_id)`, withinDays(wanted.range));
  if (form.form === 'scope')
    return counted(wanted, 'scopes', name(form.column), sql`uniqExact(scope_id)`, withinDays(wanted.range));
  if (wanted.signal === 'traces' && target.field.name === 'name')
    return counted(wanted, 'operations', name('name'), sql`sum(count)`, [
      sql`time >= toStartOfMinute(fromUnixTimestamp64Nano(${bind.int(wanted.range.from)}))`,
      sql`time < fromUnixTimestamp64Nano(${bind.int(wanted.range.to)})`,
    ]);
  return scannedValues(wanted, target, field);
}

/** From the samples of values taken at intake. */
async function sampledValues(
  wanted: Wanted,
  target: Exclude<Target, { readonly source: 'field' | 'claim' }>,
): Promise<readonly ValueCount[]> {
  const sources = target.source === 'any' ? ['attribute', 'resource'] : [target.source];
  return counted(wanted, 'fields', name('value'), sql`sum(count)`, [
    ...withinDays(wanted.range),
    sql`signal = ${bind.string(wanted.signal)}`,
    sql`key = ${bind.string(target.key)}`,
    joined(
      sources.map((source) => sql`source = ${bind.string(source)}`),
      ' OR ',
    ),
  ]);
}

/** Completion must not wait for a long scan; what was found by then will do. */
const SCAN = { timeMs: 3_000, overrun: 'partial' } as const;

/** From the records themselves, for fields of which no samples are taken. */
async function scannedValues(wanted: Wanted, target: Target, field: string): Promise<readonly ValueCount[]> {
  const label = labelOfTarget(target, field);
  const { signal, range } = wanted;
  return signal === 'metrics'
    ? counted(wanted, 'series', label, sql`uniqExact(series_id)`, withinDays(range))
    : counted(wanted, signal === 'logs' ? 'logs' : 'spans', label, sql`count()`, within(range));
}

async function counted(
  wanted: Wanted,
  from: PlanSource,
  value: Fragment,
  count: Fragment,
  where: readonly Fragment[],
): Promise<readonly ValueCount[]> {
  const rows = await wanted.session.rows(
    select({
      columns: { v: value, n: count },
      from,
      where: [
        ...where,
        sql`${value} != ''`,
        ...(wanted.prefix === '' ? [] : [sql`startsWith(lower(${value}), lower(${bind.string(wanted.prefix)}))`]),
      ],
      groupBy: [name('v')],
      orderBy: [sql`n DESC`, name('v')],
      limit: wanted.limit,
    }),
    SCAN,
  );
  return rows.map((row) => ({ value: textOf(row['v']), count: numberOf(row['n']) }));
}

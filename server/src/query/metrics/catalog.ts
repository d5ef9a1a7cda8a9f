import { dimensionOf } from '@hanok/contract';
import { type Route, serve } from '#base';
import { bind, type Fragment, joined, name, select, sql } from '#store';
import { typedName } from '../fields/fields.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { withinDays } from '../range.ts';
import { type Cell, listOf, numberOf, textOf, textsOf } from '../rows.ts';
import { defaultGroupBy, keptApart } from './conventions.ts';
import { FORM_COLUMNS, FORM_KEYS, formOfRow, readForms } from './forms.ts';

export function metrics(queries: Queries): Route {
  return serve('GET /api/v1/metrics', async (context) => {
    const { search, limit } = context.input;
    const session = queries.session(context);
    const rows = await session.rows(
      select({
        columns: { ...FORM_COLUMNS, all_forms: sql`groupArray((t, temp, mono, u)) OVER (PARTITION BY m)` },
        from: 'series',
        where: [
          ...withinDays(queries.range(context.input)),
          ...(search === '' ? [] : [sql`position(lower(metric), lower(${bind.string(search)})) > 0`]),
        ],
        groupBy: FORM_KEYS,
        // As in `readForms`, by days: the form that is still sent stands for the name.
        orderBy: [name('m'), sql`seen DESC`, sql`series_seen DESC`, name('t'), name('u')],
        limitBy: { rows: 1, by: [name('m')] },
        limit,
      }),
    );
    return {
      metrics: rows.map((row) => ({ ...formOfRow(row, queries.clock), forms: countForms(row['all_forms']) })),
      stats: session.stats(),
    };
  });
}

/** Units of one dimension are one form; see `joinUnits`. */
function countForms(tuples: Cell): number {
  return new Set(
    listOf(tuples).map((tuple) => {
      const [type, temporality, monotonic, unit] = listOf(tuple);
      return [textOf(type), textOf(temporality), textOf(monotonic), dimensionOf(textOf(unit))].join('\n');
    }),
  ).size;
}

/** Values shown of each attribute. */
const SAMPLES = 5;

export function metric(queries: Queries): Route {
  return serve('GET /api/v1/metrics/:name', async (context) => {
    const session = queries.session(context);
    const range = queries.range(context.input);
    const forms = await readForms(session, range, context.input.name, sql`1`, queries.clock);
    const [info] = forms;
    if (!info)
      return { metric: null, forms: [], defaultGroupBy: [], keptApart: [], attributes: [], stats: session.stats() };
    const mine = [...withinDays(range), sql`metric = ${bind.string(info.name)}`];
    const resources = select({ columns: { id: name('resource_id') }, from: 'series', where: mine });
    const [own, inherited, columns] = await Promise.all([
      readPairs(session, 'series', mine),
      readPairs(session, 'resources', [sql`resource_id IN ${resources}`]),
      readColumns(session, mine),
    ]);
    const keys = own.map((one) => one.name);
    return {
      metric: info,
      forms,
      defaultGroupBy: defaultGroupBy(info.name, keys),
      keptApart: keptApart(info.name, keys),
      attributes: [
        ...columns,
        ...own.map((one) => ({
          ...one,
          name: typedName('metrics', 'attribute', one.name),
          source: 'attribute' as const,
        })),
        ...inherited
          .filter((one) => !SHOWN_AS_FIELDS.has(one.name))
          .map((one) => ({ ...one, name: typedName('metrics', 'resource', one.name), source: 'resource' as const })),
      ],
      stats: session.stats(),
    };
  });
}

const FIELDS = [
  ['service.name', 'service_name'],
  ['deployment.environment', 'environment'],
  ['host.name', 'host_name'],
] as const;
const SHOWN_AS_FIELDS = new Set<string>(FIELDS.map(([field]) => field));

async function readPairs(session: QuerySession, from: 'series' | 'resources', where: readonly Fragment[]) {
  const rows = await session.rows(
    select({
      columns: {
        k: sql`toString(pair_key)`,
        n: sql`uniqExact(pair_value)`,
        sample: sql`arraySort(groupUniqArray(${bind.uint(SAMPLES)})(pair_value))`,
      },
      from,
      arrayJoin: { pair_key: sql`mapKeys(attributes)`, pair_value: sql`mapValues(attributes)` },
      where,
      groupBy: [name('k')],
      orderBy: [name('k')],
      limit: 500,
    }),
  );
  return rows.map((row) => ({ name: textOf(row['k']), values: numberOf(row['n']), sample: textsOf(row['sample']) }));
}

async function readColumns(session: QuerySession, where: readonly Fragment[]) {
  const tuples = FIELDS.map(([field, column]) => sql`(${bind.string(field)}, toString(${name(column)}))`);
  const rows = await session.rows(
    select({
      columns: {
        k: sql`tupleElement(pair, 1)`,
        n: sql`uniqExact(tupleElement(pair, 2))`,
        sample: sql`arraySort(groupUniqArray(${bind.uint(SAMPLES)})(tupleElement(pair, 2)))`,
      },
      from: 'series',
      arrayJoin: { pair: sql`[${joined(tuples, ', ')}]` },
      where: [...where, sql`tupleElement(pair, 2) != ''`],
      groupBy: [name('k')],
    }),
  );
  const found = new Map(rows.map((row) => [textOf(row['k']), row]));
  return FIELDS.flatMap(([field]) => {
    const row = found.get(field);
    return row
      ? [{ name: field, source: 'field' as const, values: numberOf(row['n']), sample: textsOf(row['sample']) }]
      : [];
  });
}

import { type FacetsResponse, facetsRequest, facetsResponse, type Signal } from '@hanok/contract';
import { type Filter, targetOf } from '@hanok/contract/query';
import { type Route, route } from '#base';
import { bind, type Fragment, joined, name, select, sql } from '#store';
import { compileFilter } from './language/compile.ts';
import type { KnownKeys } from './language/known-keys.ts';
import { labelOf } from './language/label.ts';
import type { Queries } from './queries.ts';
import type { QuerySession } from './query-session.ts';
import { within } from './range.ts';
import { numberOf, textOf } from './rows.ts';
import { inView } from './traces/search.ts';

const DEFAULT_FIELDS = {
  logs: ['severity_text', 'service.name', 'deployment.environment', 'host.name', 'event_name'],
  traces: [
    'service.name',
    'name',
    'status',
    'kind',
    'deployment.environment',
    'http.route',
    'http.response.status_code',
  ],
} as const;

/**
 * Facets of fields that the query does not filter are counted in one pass. A field that it does filter is counted by
 * itself, without those filters: a person who chose one value sees how many the others have.
 */
export function facets(queries: Queries, signal: 'logs' | 'traces'): Route {
  return route({
    method: 'POST',
    path: `/api/v1/${signal}/facets`,
    access: 'tenant',
    summary: `Most frequent values of fields among matching ${signal === 'logs' ? 'logs' : 'spans'}`,
    input: facetsRequest,
    output: facetsResponse,
    async handle(context) {
      const { query, limit, view } = context.input;
      const fields = [...new Set(context.input.fields ?? DEFAULT_FIELDS[signal])];
      const session = queries.session(context);
      const range = queries.range(context.input);
      const { filter, known } = await queries.asked(session, query, signal, range, fields);
      const base = [...within(range), ...(signal === 'traces' ? inView(view) : [])];
      const passes = passesOf(fields, filter, signal);
      const found = new Map<string, CountedFacet>();
      let share = 1;
      for (const pass of passes) {
        const counted = await countFacets(session, signal, {
          fields: pass.fields,
          where: [...base, compileFilter(pass.filter, signal, known)],
          known,
          limit,
          most: queries.config.facetRows,
        });
        share = Math.max(share, counted.share);
        for (const facet of counted.facets) found.set(facet.field, facet);
      }
      return {
        facets: fields.flatMap((field) => found.get(field) ?? []),
        sampled: 1 / share,
        stats: session.stats(),
      };
    },
  });
}

type CountedFacet = FacetsResponse['facets'][number];

interface Pass {
  readonly fields: readonly string[];
  readonly filter: Filter;
}

/** One pass for all fields that stand in no filter of their own, one for each of the others. */
function passesOf(fields: readonly string[], filter: Filter, signal: Signal): readonly Pass[] {
  const own = fields.filter((field) => withoutField(filter, field, signal) !== filter);
  const free = fields.filter((field) => !own.includes(field));
  return [
    ...(free.length > 0 ? [{ fields: free, filter }] : []),
    ...own.map((field) => ({ fields: [field], filter: withoutField(filter, field, signal) })),
  ];
}

/** The filter without those members of its outermost AND that test nothing but this field; itself when it has none. */
function withoutField(filter: Filter, field: string, signal: Signal): Filter {
  const target = JSON.stringify(targetOf(signal, field));
  const isOwn = (one: Filter): boolean => {
    switch (one.kind) {
      case 'field':
        return JSON.stringify(one.target) === target;
      case 'not':
        return isOwn(one.child);
      case 'or':
        return one.children.every(isOwn);
      default:
        return false;
    }
  };
  if (isOwn(filter)) return { kind: 'all' };
  if (filter.kind !== 'and') return filter;
  const children = filter.children.filter((child) => !isOwn(child));
  if (children.length === filter.children.length) return filter;
  return children.length === 0 ? { kind: 'all' } : children.length === 1 ? children[0]! : { kind: 'and', children };
}

/**
 * Facets in one pass over the matching rows, grouped by each field by itself: columns of few values stay the small
 * numbers they are kept as, which takes a fifth of the time of turning every row into a row per field. Above a number of
 * rows an even sample is counted: rows whose time hashes to one of n, the same for every field, so that shares stay right.
 */
async function countFacets(
  session: QuerySession,
  signal: 'logs' | 'traces',
  ask: {
    readonly fields: readonly string[];
    readonly where: readonly Fragment[];
    readonly known: KnownKeys | undefined;
    readonly limit: number;
    /** Rows above which a sample is counted. */
    readonly most: number;
  },
): Promise<{ readonly facets: CountedFacet[]; readonly share: number }> {
  const { fields, limit } = ask;
  const table = signal === 'logs' ? 'logs' : 'spans';
  const where = [...ask.where];
  const [count] = await session.rows(select({ columns: { n: sql`count()` }, from: table, where }));
  const share = Math.max(1, Math.ceil(numberOf(count?.['n']) / ask.most));
  if (share > 1) where.push(sql`cityHash64(timestamp, resource_id) % ${bind.uint(share)} = 0`);
  const label = (i: number) => name(`label${i}`);
  const labels = fields.map((field, i) => [`label${i}`, labelOf(field, signal, ask.known)] as const);
  // Of a row only the field it was grouped by is not empty; rows without a value are empty throughout.
  const whichOf = (value: (i: number) => Fragment, otherwise: Fragment) =>
    sql`multiIf(${joined(
      fields.map((_, i) => sql`${label(i)} != '', ${value(i)}`),
      ', ',
    )}, ${otherwise})`;
  const rows = await session.rows(
    select({
      columns: {
        f: whichOf((i) => sql`${bind.uint(i)}`, sql`${bind.uint(fields.length)}`),
        v: whichOf((i) => sql`toString(${label(i)})`, sql`''`),
        n: name('rows'),
      },
      from: select({
        columns: { ...Object.fromEntries(labels), rows: sql`count()` },
        from: table,
        where,
        groupBy: [
          sql`GROUPING SETS (${joined(
            fields.map((_, i) => sql`(${label(i)})`),
            ', ',
          )})`,
        ],
      }),
      where: [sql`v != ''`],
      orderBy: [name('f'), sql`n DESC`, name('v')],
      limitBy: { rows: limit + 1, by: [name('f')] },
    }),
  );
  const facets = fields.map((field, i) => {
    const values = rows
      .filter((row) => numberOf(row['f']) === i)
      .map((row) => ({ value: textOf(row['v']), count: numberOf(row['n']) * share }));
    return { field, values: values.slice(0, limit), more: values.length > limit };
  });
  return { facets, share };
}

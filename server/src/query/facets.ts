import { facetsRequest, facetsResponse } from '@hanok/contract';
import { type Route, route } from '#base';
import { bind, type Fragment, joined, name, select, sql } from '#store';
import { compileFilter } from './language/compile.ts';
import { labelOf } from './language/label.ts';
import { readQuery } from './language/read.ts';
import type { Queries } from './queries.ts';
import { within } from './range.ts';
import { numberOf, textOf } from './rows.ts';

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
 * All facets in one pass over the matching rows, grouped by each field by itself: columns of few values stay the small
 * numbers they are kept as, which takes a fifth of the time of turning every row into a row per field. Above a number of
 * rows an even sample is counted: rows whose time hashes to one of n, the same for every field, so that shares stay right.
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
      const { query, limit } = context.input;
      const fields = [...new Set(context.input.fields ?? DEFAULT_FIELDS[signal])];
      const table = signal === 'logs' ? 'logs' : 'spans';
      const where = [...within(queries.range(context.input)), compileFilter(readQuery(query, signal), signal)];
      const session = queries.session(context);
      if (fields.length === 0) return { facets: [], sampled: 1, stats: session.stats() };

      const [count] = await session.rows(select({ columns: { n: sql`count()` }, from: table, where }));
      const share = Math.ceil(numberOf(count?.['n']) / queries.config.facetRows);
      if (share > 1) where.push(sql`cityHash64(timestamp, resource_id) % ${bind.uint(share)} = 0`);
      const label = (i: number) => name(`label${i}`);
      const labels = fields.map((field, i) => [`label${i}`, labelOf(field, signal)] as const);
      // In a row only the field it was grouped by is not empty; rows without a value are empty throughout.
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
            groupingSets: fields.map((_, i) => [label(i)]),
          }),
          where: [sql`v != ''`],
          orderBy: [name('f'), sql`n DESC`, name('v')],
          limitBy: { rows: limit + 1, by: [name('f')] },
        }),
      );
      const found = fields.map((field, i) => {
        const values = rows
          .filter((row) => numberOf(row['f']) === i)
          .map((row) => ({ value: textOf(row['v']), count: numberOf(row['n']) * Math.max(1, share) }));
        return { field, values: values.slice(0, limit), more: values.length > limit };
      });
      return { facets: found, sampled: 1 / Math.max(1, share), stats: session.stats() };
    },
  });
}

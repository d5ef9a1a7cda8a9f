import { type MetricPoint, type MetricSeries, metricType } from '@hanok/contract';
import { marksOf, type Route, serve } from '#base';
import { bind, type Fragment, joined, name, select, sql } from '#store';
import { cursorScope, type PagePosition, readCursor, writeCursor } from '../cursor.ts';
import { decodeAttributes, decodePairsJson, repeatedAttributes } from '../decode/attributes.ts';
import { pairsOf } from '../decode/records.ts';
import { TEMPORALITIES } from '../language/columns.ts';
import { compileFilter } from '../language/compile.ts';
import { readQuery } from '../language/read.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { type Range, within, withinDays } from '../range.ts';
import { bigOf, numberOf, type Row, textOf } from '../rows.ts';
import { readExemplars } from './point-exemplars.ts';
import { histogramValue, numberValue, PAIRS } from './point-values.ts';

const DAY = 86_400_000_000_000n;

/** A metric's points one by one, exactly as they were sent. Charts are made elsewhere; this is to check them against. */
export function metricPoints(queries: Queries): Route {
  return serve('GET /api/v1/metrics/:name/points', async (context) => {
    const { name: metric, query, limit, order, cursor } = context.input;
    const range = queries.range(context.input);
    const session = queries.session(context);
    const scope = cursorScope('points', metric, query, order);
    const after = cursor === undefined ? undefined : readCursor(cursor, scope);
    const where = [sql`metric = ${bind.string(metric)}`, ...ofSeries(metric, query, range)];
    const ask: Ask = { range, where, after, limit, down: order === 'newest' };
    const [samples, histograms] = await Promise.all([
      readPoints(session, 'samples', SAMPLE_COLUMNS, ask),
      readPoints(session, 'histograms', HISTOGRAM_COLUMNS, ask),
    ]);
    const { rows, next } = pageOf([...samples, ...histograms], ask);
    const [series, exemplars] = await Promise.all([
      readSeries(queries, session, metric, range, rows),
      readExemplars(session, metric, rows.map(keysOf)),
    ]);
    return {
      points: rows.map((row) => toPoint(row, exemplars(keysOf(row)))),
      series,
      cursor: next === undefined || session.partial ? null : writeCursor(next, scope),
      stats: session.stats(),
    };
  });
}

interface Ask {
  readonly range: Range;
  readonly where: readonly Fragment[];
  readonly after: PagePosition | undefined;
  readonly limit: number;
  readonly down: boolean;
}

const POINT = {
  p_at: sql`toUnixTimestamp64Nano(timestamp)`,
  p_series: name('series_id'),
  p_start: name('start_time'),
  p_original: name('original_time'),
  p_flags: name('flags'),
  p_marks: name('marks'),
};
const SAMPLE_COLUMNS = {
  ...POINT,
  p_value: name('value'),
  p_int: name('int_value'),
  p_number_type: name('number_type'),
};
const HISTOGRAM_COLUMNS = {
  ...POINT,
  ...Object.fromEntries(
    ['kind', 'count', 'sum', 'min', 'max', 'present', 'bounds', 'counts', 'values', 'scale', 'zero_count']
      .concat(['zero_threshold', 'positive_offset', 'positive_counts', 'negative_offset', 'negative_counts'])
      .map((column) => [`p_${column}`, name(column)]),
  ),
};
/** After time and series, so that two points of one series at one time keep their order from page to page. */
const LAST_ORDER = {
  samples: [name('value'), name('int_value')],
  histograms: [name('count'), name('sum')],
} as const;

/** Nothing when the query says nothing: then the metric alone decides. */
function ofSeries(metric: string, query: string, range: Range): Fragment[] {
  if (query.trim() === '') return [];
  const series = select({
    columns: { id: name('series_id') },
    from: 'series',
    where: [
      ...aroundDays(range),
      sql`metric = ${bind.string(metric)}`,
      compileFilter(readQuery(query, 'metrics'), 'metrics'),
    ],
  });
  return [sql`series_id IN ${series}`];
}

/** A series is noted once a day; its note may be of the day before or behind. */
const aroundDays = ({ from, to }: Range): Fragment[] =>
  withinDays({ from: from > DAY ? from - DAY : 0n, to: to + DAY });

/** At most one more than a page, from behind the position on. */
async function readPoints(
  session: QuerySession,
  table: 'samples' | 'histograms',
  columns: Readonly<Record<string, Fragment>>,
  { range, where, after, limit, down }: Ask,
): Promise<Row[]> {
  const key = after && sql`fromUnixTimestamp64Nano(${bind.int(after.key)})`;
  const behind =
    after && key
      ? down
        ? [sql`timestamp <= ${key}`, sql`(timestamp < ${key} OR series_id <= ${bind.uint(after.tie)})`]
        : [sql`timestamp >= ${key}`, sql`(timestamp > ${key} OR series_id >= ${bind.uint(after.tie)})`]
      : [];
  return session.rows(
    select({
      columns,
      from: table,
      where: [...within(range), ...where, ...behind],
      orderBy: [
        joined(
          [name('timestamp'), name('series_id'), ...LAST_ORDER[table]].map((column) =>
            down ? sql`${column} DESC` : sql`${column} ASC`,
          ),
          ', ',
        ),
      ],
      limit: limit + 1 + (after?.atTie ?? 0),
    }),
  );
}

/** The page of what both tables gave; a series is in one of them only, so rows of one series and time keep their order. */
function pageOf(found: readonly Row[], { after, limit, down }: Ask): { rows: Row[]; next: PagePosition | undefined } {
  const way = down ? -1 : 1;
  const order = (a: bigint, b: bigint) => (a < b ? -way : a > b ? way : 0);
  const sorted = found
    .map((row) => ({ row, key: bigOf(row['p_at']), tie: bigOf(row['p_series']) }))
    .sort((a, b) => order(a.key, b.key) || order(a.tie, b.tie));
  let skipped = 0;
  const left = sorted.filter(
    ({ key, tie }) => !(after && key === after.key && tie === after.tie && skipped++ < after.atTie),
  );
  const page = left.slice(0, limit);
  const last = page.at(-1);
  if (!last || left.length <= limit) return { rows: page.map(({ row }) => row), next: undefined };
  const same = page.filter(({ key, tie }) => key === last.key && tie === last.tie).length;
  const before = after && after.key === last.key && after.tie === last.tie ? after.atTie : 0;
  return {
    rows: page.map(({ row }) => row),
    next: { key: last.key, tie: last.tie, atKey: 0, atTie: before + same },
  };
}

/** A point and its exemplars know each other by the series and the point's time as it was sent. */
const keysOf = (row: Row) => {
  const original = textOf(row['p_original']);
  return { series: textOf(row['p_series']), time: original === '0' ? textOf(row['p_at']) : original };
};

function toPoint(row: Row, exemplars: MetricPoint['exemplars']): MetricPoint {
  const flags = numberOf(row['p_flags']);
  const original = textOf(row['p_original']);
  const start = textOf(row['p_start']);
  const marks = marksOf(numberOf(row['p_marks']));
  return {
    series: textOf(row['p_series']),
    timestamp: textOf(row['p_at']),
    ...(original !== '0' && { originalTime: original }),
    ...(start !== '0' && { startTime: start }),
    flags,
    noRecordedValue: (flags & 1) === 1,
    ...(row['p_kind'] === undefined ? numberValue(row) : histogramValue(row)),
    exemplars,
    ...(marks.length > 0 && { marks }),
  };
}

async function readSeries(
  queries: Queries,
  session: QuerySession,
  metric: string,
  range: Range,
  points: readonly Row[],
): Promise<MetricSeries[]> {
  const ids = [...new Set(points.map((row) => textOf(row['p_series'])))];
  if (ids.length === 0) return [];
  const { tenant } = session.caller;
  const rows = await session.rows(
    select({
      columns: SERIES_COLUMNS,
      from: 'series',
      where: [
        ...aroundDays(range),
        sql`metric = ${bind.string(metric)}`,
        sql`has(${bind.uints(ids.map(BigInt))}, series_id)`,
      ],
      orderBy: [sql`day DESC`],
      limitBy: { rows: 1, by: [name('series_id')] },
    }),
  );
  const timeOf = new Map(points.map((row) => [textOf(row['p_series']), bigOf(row['p_at'])]));
  await queries.around.load(
    session,
    rows.map((row) => ({
      timestamp: timeOf.get(textOf(row['s_id'])) ?? range.from,
      resourceId: textOf(row['s_resource']),
      scopeId: textOf(row['s_scope']),
    })),
  );
  return rows.map((row) => {
    const pairs = pairsOf(row);
    const scope = queries.around.scope(tenant, textOf(row['s_scope']));
    return {
      id: textOf(row['s_id']),
      type: metricType.safeParse(textOf(row['s_type'])).data ?? 'gauge',
      temporality: TEMPORALITIES[numberOf(row['s_temporality'])] ?? 'unspecified',
      monotonic: numberOf(row['s_monotonic']) === 1,
      unit: textOf(row['s_unit']),
      description: textOf(row['s_description']),
      metadata: decodePairsJson(textOf(row['s_metadata'])),
      serviceName: textOf(row['s_service']),
      environment: textOf(row['s_environment']),
      hostName: textOf(row['s_host']),
      businessId: textOf(row['s_tenant']),
      attributes: decodeAttributes(pairs),
      ...repeatedAttributes(pairs),
      resource: queries.around.resource(tenant, textOf(row['s_resource'])).resource,
      ...(scope && { scope: scope.scope }),
    };
  });
}

const SERIES_COLUMNS = {
  s_id: name('series_id'),
  s_tenant: name('tenant'),
  s_type: name('type'),
  s_temporality: name('temporality'),
  s_monotonic: name('monotonic'),
  s_unit: name('unit'),
  s_description: name('description'),
  s_metadata: name('metadata'),
  s_service: name('service_name'),
  s_environment: name('environment'),
  s_host: name('host_name'),
  s_resource: name('resource_id'),
  s_scope: name('scope_id'),
  ...PAIRS,
};

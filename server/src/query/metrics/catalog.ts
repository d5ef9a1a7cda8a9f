import {
  type MetricInfo,
  metricRequest,
  metricResponse,
  metricsRequest,
  metricsResponse,
  metricType,
} from '@hanok/contract';
import { z } from 'zod';
import { type Clock, type Route, route } from '#base';
import { bind, type Fragment, joined, name, select, sql } from '#store';
import { typedName } from '../fields/fields.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { earlier, type Range, withinDays } from '../range.ts';
import { bigOf, numberOf, type Row, textOf, textsOf } from '../rows.ts';

export const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;
const DAY = 86_400_000_000_000n;

/** What charts show unless told otherwise. */
export function defaultAggregate(type: MetricInfo['type'], monotonic: boolean): 'rate' | 'p95' | 'avg' {
  if (type === 'sum' && monotonic) return 'rate';
  return type === 'gauge' || type === 'sum' ? 'avg' : 'p95';
}

const INFO = {
  m: name('metric'),
  t: name('type'),
  temp: name('temporality'),
  mono: name('monotonic'),
  u: sql`argMax(unit, day)`,
  about: sql`argMax(description, day)`,
  series_seen: sql`uniqExact(series_id)`,
  services: sql`groupUniqArray(100)(service_name)`,
  seen: sql`toUInt32(max(day))`,
};

function infoOf(row: Row, clock: Clock): MetricInfo {
  const type = metricType.safeParse(textOf(row['t'])).data ?? 'gauge';
  const monotonic = numberOf(row['mono']) === 1;
  return {
    name: textOf(row['m']),
    type,
    unit: textOf(row['u']),
    description: textOf(row['about']),
    temporality: TEMPORALITIES[numberOf(row['temp'])] ?? 'unspecified',
    monotonic,
    series: numberOf(row['series_seen']),
    services: textsOf(row['services']).sort(),
    // Series are noted once a day; the day's end is the finest this list can say.
    lastSeen: String(earlier(clock.nanos(), (bigOf(row['seen']) + 1n) * DAY - 1n)),
    defaultAggregate: defaultAggregate(type, monotonic),
  };
}

/**
 * The kinds a metric is sent as, the one with most series first. More than one means that its senders disagree about
 * its type or temporality.
 */
export async function readKinds(
  session: QuerySession,
  range: Range,
  metric: string,
  clock: Clock,
): Promise<MetricInfo[]> {
  const rows = await session.rows(
    select({
      columns: INFO,
      from: 'series',
      where: [...withinDays(range), sql`metric = ${bind.string(metric)}`],
      groupBy: [name('m'), name('t'), name('temp'), name('mono')],
      orderBy: [sql`series_seen DESC`, name('t')],
    }),
  );
  return rows.map((row) => infoOf(row, clock));
}

export function metrics(queries: Queries): Route {
  return route({
    method: 'GET',
    path: '/api/v1/metrics',
    access: 'tenant',
    summary: 'Metrics seen in a time range',
    input: metricsRequest,
    output: metricsResponse,
    async handle(context) {
      const { search, limit } = context.input;
      const session = queries.session(context);
      const rows = await session.rows(
        select({
          columns: INFO,
          from: 'series',
          where: [
            ...withinDays(queries.range(context.input)),
            ...(search === '' ? [] : [sql`position(lower(metric), lower(${bind.string(search)})) > 0`]),
          ],
          groupBy: [name('m'), name('t'), name('temp'), name('mono')],
          orderBy: [name('m'), sql`series_seen DESC`],
          limitBy: { rows: 1, by: [name('m')] },
          limit,
        }),
      );
      return { metrics: rows.map((row) => infoOf(row, queries.clock)), stats: session.stats() };
    },
  });
}

/** Values shown of each attribute. */
const SAMPLES = 5;

export function metric(queries: Queries): Route {
  return route({
    method: 'GET',
    path: '/api/v1/metrics/:name',
    access: 'tenant',
    summary: 'One metric and what it can be grouped by',
    // Names hold dots and slashes: the last part of the path, percent-encoded.
    input: metricRequest.extend({ name: z.string().min(1).max(1_024) }),
    output: metricResponse,
    async handle(context) {
      const session = queries.session(context);
      const range = queries.range(context.input);
      const [info] = await readKinds(session, range, context.input.name, queries.clock);
      if (!info) return { metric: null, attributes: [], stats: session.stats() };
      const mine = [...withinDays(range), sql`metric = ${bind.string(info.name)}`];
      const resources = select({ columns: { id: name('resource_id') }, from: 'series', where: mine });
      const [own, inherited, columns] = await Promise.all([
        readPairs(session, 'series', mine),
        readPairs(session, 'resources', [sql`resource_id IN ${resources}`]),
        readColumns(session, mine),
      ]);
      return {
        metric: info,
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
    },
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

import { type MetricInfo, metricsQueryRequest, metricsQueryResponse } from '@hanok/contract';
import { type Route, route } from '#base';
import { name, select, sql } from '#store';
import { fail } from '../errors.ts';
import { compileFilter } from '../language/compile.ts';
import { readQuery } from '../language/read.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { cellOf, type Grid, gridOf, pickGrid, type Range } from '../range.ts';
import { bigOf, numberOf, textOf } from '../rows.ts';
import { defaultAggregate, readKinds } from './catalog.ts';
import { readHistograms } from './histograms.ts';
import { type Aggregate, readSamples } from './samples.ts';
import { type MetricScope, pointConditions, readRangeOf } from './scope.ts';

/** Steps one answer may have when the caller names the step. */
const MOST_STEPS = 11_000;
const MOST_EXEMPLARS = 200;

export function metricsQuery(queries: Queries): Route {
  return route({
    method: 'POST',
    path: '/api/v1/metrics/query',
    access: 'tenant',
    summary: 'A metric over time, grouped and aggregated',
    input: metricsQueryRequest,
    output: metricsQueryResponse,
    async handle(context) {
      const { metric, query, groupBy, points, limit } = context.input;
      const range = queries.range(context.input);
      const session = queries.session(context);
      const filter = compileFilter(readQuery(query, 'metrics'), 'metrics');
      const [info, ...others] = await readKinds(session, range, metric, queries.clock);
      if (!info) {
        const grid = givenGrid(range, context.input.step) ?? pickGrid(range, points);
        return {
          metric: null,
          aggregate: context.input.aggregate ?? ('avg' as const),
          unit: '',
          start: String(grid.start),
          step: String(grid.step),
          series: [],
          moreSeries: 0,
          stats: session.stats(),
        };
      }
      if (others.length > 0)
        session.leaveOut(
          'query.mixed-metric',
          `${metric} is sent as several kinds; shown are the ${info.series} series of kind ${kindOf(info)}, not ${others.map((one) => `${one.series} of ${kindOf(one)}`).join(', ')}.`,
        );
      const aggregate = context.input.aggregate ?? defaultAggregate(info.type, info.monotonic);
      const rough: MetricScope = { info, filter, groupBy, grid: pickGrid(range, points), to: range.to };
      const grid = givenGrid(range, context.input.step) ?? pickGrid(range, points, await intervalOf(session, rough));
      const scope: MetricScope = { ...rough, grid };
      const read = info.type === 'gauge' || info.type === 'sum' ? readSamples : readHistograms;
      const [groups, exemplars] = await Promise.all([
        read(session, scope, aggregate, limit),
        readExemplars(session, scope),
      ]);
      return {
        metric: info,
        aggregate,
        unit: unitOf(info, aggregate),
        start: String(grid.start),
        step: String(grid.step),
        series: groups.series.map(({ group, values }) => ({ labels: labelsOf(groupBy, group), values })),
        moreSeries: groups.more,
        ...(exemplars.length > 0 && { exemplars }),
        stats: session.stats(),
      };
    },
  });
}

const kindOf = (info: MetricInfo): string => `${info.temporality} ${info.monotonic ? 'monotonic ' : ''}${info.type}`;

function givenGrid(range: Range, step: string | undefined): Grid | undefined {
  if (step === undefined) return undefined;
  const nanos = BigInt(step);
  if (nanos <= 0n) throw fail('query.step', 'the step must be longer than nothing', { at: 'step' });
  const grid = gridOf(range, nanos);
  if (grid.count > MOST_STEPS)
    throw fail('query.step', `the step cuts the range into ${grid.count} pieces, more than ${MOST_STEPS}`, {
      at: 'step',
    });
  return grid;
}

/** How often a series of this metric has a point, so that a chart does not show every second cell empty. */
async function intervalOf(session: QuerySession, scope: MetricScope): Promise<bigint> {
  const [row] = await session.rows(
    select({
      columns: {
        gaps: sql`toInt64(sum(points)) - toInt64(count())`,
        // Each series' own span, so that series that came late do not look slow.
        spans: sql`sum(spread)`,
      },
      from: select({
        columns: {
          one: name('series_id'),
          spread: sql`toUnixTimestamp64Nano(max(timestamp)) - toUnixTimestamp64Nano(min(timestamp))`,
          points: sql`count()`,
        },
        from: scope.info.type === 'gauge' || scope.info.type === 'sum' ? 'samples' : 'histograms',
        where: pointConditions(scope, readRangeOf(scope)),
        groupBy: [name('one')],
        having: [sql`points > 1`],
      }),
    }),
  );
  const spans = bigOf(row?.['spans']);
  const gaps = bigOf(row?.['gaps']);
  return gaps > 0n ? spans / gaps : 0n;
}

function labelsOf(groupBy: readonly string[], group: string): Record<string, string> {
  const values: unknown = JSON.parse(group);
  const texts = Array.isArray(values) ? values.map(String) : [];
  return Object.fromEntries(groupBy.map((field, i) => [field, texts[i] ?? '']));
}

function unitOf(info: MetricInfo, aggregate: Aggregate): string {
  const histogram = info.type !== 'gauge' && info.type !== 'sum';
  if (aggregate === 'rate') return histogram || info.unit === '' || info.unit === '1' ? '1/s' : `${info.unit}/s`;
  if (aggregate === 'count' || (histogram && aggregate === 'increase')) return '';
  return info.unit;
}

/** The largest exemplar of each cell that leads to a trace. */
async function readExemplars(session: QuerySession, scope: MetricScope) {
  const rows = await session.rows(
    select({
      columns: {
        c: cellOf(scope.grid),
        at: sql`toUnixTimestamp64Nano(timestamp)`,
        v: sql`if(number_type = 2, toFloat64(int_value), value)`,
        trace: sql`lower(hex(trace_id))`,
        span: sql`lower(hex(span_id))`,
      },
      from: 'exemplars',
      where: [...pointConditions(scope, readRangeOf(scope)), sql`trace_id != toFixedString('', 16)`],
      orderBy: [name('c'), sql`v DESC`],
      limitBy: { rows: 1, by: [name('c')] },
      limit: MOST_EXEMPLARS,
    }),
  );
  return rows
    .map((row) => ({
      timestamp: textOf(row['at']),
      value: numberOf(row['v']),
      traceId: textOf(row['trace']),
      spanId: textOf(row['span']),
    }))
    .filter((one) => Number.isFinite(one.value));
}

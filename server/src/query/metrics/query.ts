import { type Route, serve } from '#base';
import { bind, type Fragment, name, select, sql } from '#store';
import { compileFilter } from '../language/compile.ts';
import { readQuery } from '../language/read.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { cellOf, earlier, type Range, withinDays } from '../range.ts';
import { numberOf, textOf, textsOf } from '../rows.ts';
import { defaultAggregate, defaultGroupBy, keptApart, rateUnit } from './conventions.ts';
import { pointsTable, readForms } from './forms.ts';
import { readHistograms } from './histograms.ts';
import { type Aggregate, NUMBER, readSamples } from './samples.ts';
import { type Form, factorOf, formConditions, type MetricScope, pointConditions } from './scope.ts';
import { decideCut, readInterval } from './windows.ts';

const MOST_EXEMPLARS = 200;
/** Attribute keys that are looked through for the default grouping. */
const MOST_KEYS = 256;

export function metricsQuery(queries: Queries): Route {
  return serve('POST /api/v1/metrics/query', async (context) => {
    const { input } = context;
    const range = queries.range(input);
    const session = queries.session(context);
    const filter = compileFilter(readQuery(input.query, 'metrics'), 'metrics');
    const [form, ...otherForms] = await readForms(session, range, input.metric, filter, queries.clock);
    const aggregate = input.aggregate ?? (form ? defaultAggregate(form) : 'avg');
    const [interval, groupBy] = form
      ? await Promise.all([
          readInterval(session, range, form, filter),
          readGroupBy(session, range, form, filter, input.groupBy),
        ])
      : [0n, input.groupBy ?? []];
    const wish = { points: input.points, step: input.step, window: input.window };
    const { grid, windowSteps } = decideCut(range, form, aggregate, interval, wish);
    const end = earlier(range.to, queries.clock.nanos());
    const shape = {
      metric: form ?? null,
      otherForms,
      aggregate,
      start: String(grid.start),
      step: String(grid.step),
      interval: String(interval),
      window: String(grid.step * BigInt(windowSteps)),
      incompleteFrom: end < grid.start ? 0 : Math.min(grid.count, Number((end - grid.start) / grid.step)),
    };
    if (!form)
      return {
        ...shape,
        groupBy: [...groupBy],
        unit: '',
        series: [],
        moreSeries: 0,
        mixedWriters: false,
        stats: session.stats(),
      };
    const scope: MetricScope = { form, filter, groupBy, grid, windowSteps, end };
    const read = pointsTable(form) === 'samples' ? readSamples : readHistograms;
    const [groups, exemplars] = await Promise.all([
      read(session, scope, aggregate, input.limit),
      readExemplars(session, scope),
    ]);
    return {
      ...shape,
      groupBy: [...groupBy],
      unit: unitOf(form, aggregate),
      series: groups.series.map(({ group, values }) => ({ labels: labelsOf(groupBy, group), values })),
      moreSeries: groups.more,
      mixedWriters: groups.mixed,
      ...(exemplars.length > 0 && { exemplars }),
      stats: session.stats(),
    };
  });
}

function labelsOf(groupBy: readonly string[], group: string): Record<string, string> {
  const values: unknown = JSON.parse(group);
  const texts = Array.isArray(values) ? values.map(String) : [];
  return Object.fromEntries(groupBy.map((field, i) => [field, texts[i] ?? '']));
}

function unitOf(form: Form, aggregate: Aggregate): string {
  const histogram = pointsTable(form) === 'histograms';
  if (aggregate === 'rate') return rateUnit(form.name, histogram ? '' : form.unit);
  if (aggregate === 'count' || (histogram && aggregate === 'increase')) return '';
  return form.unit;
}

/** What was asked for, else the default; and what is never taken together. */
async function readGroupBy(
  session: QuerySession,
  range: Range,
  form: Form,
  filter: Fragment,
  wanted: readonly string[] | undefined,
): Promise<readonly string[]> {
  const [row] = await session.rows(
    select({
      columns: { attribute_keys: sql`groupUniqArrayArray(${bind.uint(MOST_KEYS)})(mapKeys(attributes))` },
      from: 'series',
      where: [...withinDays(range), ...formConditions(form, filter, range)],
    }),
  );
  const keys = textsOf(row?.['attribute_keys']);
  const apart = keptApart(form.name, keys).filter((key) => !wanted?.includes(key));
  return wanted ? [...wanted, ...apart] : defaultGroupBy(form.name, keys);
}

/** The largest exemplar of each cell that leads to a trace. */
async function readExemplars(session: QuerySession, scope: MetricScope) {
  const factor = factorOf(scope, name('series_id'));
  const rows = await session.rows(
    select({
      columns: {
        c: cellOf(scope.grid),
        at: sql`toUnixTimestamp64Nano(timestamp)`,
        v: factor ? sql`(${NUMBER}) * ${factor}` : NUMBER,
        trace: sql`lower(hex(trace_id))`,
        span: sql`lower(hex(span_id))`,
      },
      from: 'exemplars',
      where: [
        ...pointConditions(scope),
        sql`timestamp >= fromUnixTimestamp64Nano(${bind.int(scope.grid.start)})`,
        sql`trace_id != toFixedString('', 16)`,
      ],
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

import { dimensionOf, type MetricInfo, metricType } from '@hanok/contract';
import type { Clock } from '#base';
import { bind, type Fragment, name, select, sql } from '#store';
import { TEMPORALITIES } from '../language/columns.ts';
import type { QuerySession } from '../query-session.ts';
import { earlier, type Range, withinDays } from '../range.ts';
import { bigOf, numberOf, type Row, textOf, textsOf } from '../rows.ts';
import { defaultAggregate } from './conventions.ts';
import { conditionsOnPoints, type Form } from './scope.ts';

const DAY = 86_400_000_000_000n;
/** Forms whose newest points are this close are both being sent; then the one with more series is shown. */
const LIVE_TOGETHER = 300_000_000_000n;
/** Names with more forms than this have a fault at their sender; the ones with most series are looked at. */
const MOST_FORMS = 12;

/** Columns of a form before units are put together. */
export const FORM_COLUMNS = {
  m: name('metric'),
  t: name('type'),
  temp: name('temporality'),
  mono: name('monotonic'),
  u: name('unit'),
  about: sql`argMax(description, day)`,
  series_seen: sql`uniqExact(series_id)`,
  services: sql`groupUniqArray(100)(service_name)`,
  seen: sql`toUInt32(max(day))`,
};
export const FORM_KEYS = [name('m'), name('t'), name('temp'), name('mono'), name('u')];

export function formOfRow(row: Row, clock: Clock): Form {
  const type = metricType.safeParse(textOf(row['t'])).data ?? 'gauge';
  const monotonic = numberOf(row['mono']) === 1;
  const unit = textOf(row['u']);
  return {
    name: textOf(row['m']),
    type,
    unit,
    units: [unit],
    description: textOf(row['about']),
    temporality: TEMPORALITIES[numberOf(row['temp'])] ?? 'unspecified',
    monotonic,
    series: numberOf(row['series_seen']),
    services: textsOf(row['services']).sort(),
    // Series are noted once a day; the day's end is the finest this can say.
    lastSeen: String(earlier(clock.nanos(), (bigOf(row['seen']) + 1n) * DAY - 1n)),
    defaultAggregate: defaultAggregate({ type, monotonic }),
  };
}

/** Forms that differ only by units of one dimension are one, in the unit that most series send (they come first). */
export function joinUnits(forms: readonly Form[]): Form[] {
  const joined = new Map<string, Form>();
  for (const form of forms) {
    const key = [form.name, form.type, form.temporality, form.monotonic, dimensionOf(form.unit)].join('\n');
    const known = joined.get(key);
    joined.set(
      key,
      known
        ? {
            ...known,
            units: [...known.units, form.unit],
            series: known.series + form.series,
            services: [...new Set([...known.services, ...form.services])].sort(),
            description: known.description || form.description,
            lastSeen: BigInt(known.lastSeen) > BigInt(form.lastSeen) ? known.lastSeen : form.lastSeen,
          }
        : form,
    );
  }
  return [...joined.values()];
}

/**
 * The forms a metric is sent in as far as `filter` (on series) leaves them open, the one to show first: the one with
 * the most recent points, so that a form that was given up never hides the one that took its place.
 */
export async function readForms(
  session: QuerySession,
  range: Range,
  metric: string,
  filter: Fragment,
  clock: Clock,
): Promise<Form[]> {
  const rows = await session.rows(
    select({
      columns: FORM_COLUMNS,
      from: 'series',
      where: [...withinDays(range), sql`metric = ${bind.string(metric)}`, filter],
      groupBy: FORM_KEYS,
      orderBy: [sql`series_seen DESC`, name('t'), name('temp'), name('mono'), name('u')],
      limit: MOST_FORMS,
    }),
  );
  const forms = joinUnits(rows.map((row) => formOfRow(row, clock)));
  if (forms.length < 2) return forms;
  const latest = await Promise.all(forms.map((form) => readLatest(session, range, form, filter)));
  return decideOrder(
    forms.map((form, i) => {
      const newest = latest[i] ?? 0n;
      return newest > 0n ? { ...form, lastSeen: String(newest) } : form;
    }),
    latest,
  );
}

/** `latest`: nanoseconds of each form's newest point in the range, 0 when it has none. */
export function decideOrder(forms: readonly MetricInfo[], latest: readonly bigint[]): MetricInfo[] {
  const newest = latest.reduce((a, b) => (a > b ? a : b), 0n);
  const isLive = (i: number) => newest > 0n && newest - (latest[i] ?? 0n) <= LIVE_TOGETHER;
  return forms
    .map((form, i) => ({ form, live: isLive(i), at: latest[i] ?? 0n, i }))
    .sort((a, b) => {
      if (a.live !== b.live) return a.live ? -1 : 1;
      if (!a.live && a.at !== b.at) return a.at > b.at ? -1 : 1;
      return b.form.series - a.form.series || a.i - b.i;
    })
    .map(({ form }) => form);
}

async function readLatest(session: QuerySession, range: Range, form: Form, filter: Fragment): Promise<bigint> {
  const [row] = await session.rows(
    select({
      columns: { newest: sql`max(toUnixTimestamp64Nano(timestamp))` },
      from: pointsTable(form),
      where: conditionsOnPoints(form, filter, range),
    }),
  );
  return bigOf(row?.['newest']);
}

export function pointsTable({ type }: Pick<Form, 'type'>): 'samples' | 'histograms' {
  return type === 'gauge' || type === 'sum' ? 'samples' : 'histograms';
}

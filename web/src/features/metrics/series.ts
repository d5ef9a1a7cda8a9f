import type { MetricInfo, MetricsQueryResponse } from '@hanok/contract';
import { nanosToMillis } from '@hanok/contract/time';
import { visibleName } from '../../format/visible.ts';
import type { ChartMarker, ChartSeries } from '../../kit/chart/time-chart.tsx';
import { seriesToken, tokenOfName } from '../../theme/canvas-colours.ts';
import type { Aggregate, SeriesSort } from './search.ts';

/** One line with the figures of its row in the table. */
export interface Line extends ChartSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly avg: number | null;
}

interface Words {
  /** Label of a line that nothing tells apart from others: the whole metric. */
  readonly all: string;
  /** Value of an attribute that the series does not have. */
  readonly none: string;
}

const COLOURS = 20;

/** The server's series as lines: named by the values of what they are grouped by, coloured by that name. */
export function linesOf(
  series: MetricsQueryResponse['series'],
  groups: readonly string[],
  words: Words,
  /** The first step whose value may still change: the figures leave it out, unless there is no other. */
  incompleteFrom = Number.POSITIVE_INFINITY,
): Line[] {
  const named = series.map((one) => ({
    ...one,
    key: groups.map((group) => one.labels[group] ?? '').join('\n') || '*',
    label: groups.length === 0 ? words.all : groups.map((group) => one.labels[group] || words.none).join(' · '),
  }));
  const tokens = tokensOf(named.map((one) => one.label));
  return named.map(({ key, label, labels, values }) => ({
    key,
    label: visibleName(label),
    labels,
    values,
    token: tokens.get(label) ?? seriesToken(0),
    ...figuresOf(values, incompleteFrom),
  }));
}

/**
 * A name keeps the colour that it has on every other screen; of two names that want the same one, the later in the
 * alphabet takes the next that is free, so that lines of one chart differ while there are colours.
 */
export function tokensOf(names: readonly string[]): ReadonlyMap<string, `--series-${number}`> {
  const taken = new Set<string>();
  const found = new Map<string, `--series-${number}`>();
  for (const name of [...names].sort()) {
    let token = tokenOfName(name);
    const first = Number(token.slice('--series-'.length)) - 1;
    for (let i = 0; i < COLOURS && taken.has(token); i++) token = seriesToken(first + i);
    taken.add(token);
    found.set(name, token);
  }
  return found;
}

export function figuresOf(
  all: ReadonlyArray<number | null>,
  incompleteFrom = Number.POSITIVE_INFINITY,
): Pick<Line, 'last' | 'min' | 'max' | 'avg'> {
  const whole = all.slice(0, incompleteFrom);
  const values = whole.some((value) => value !== null) ? whole : all;
  let last: number | null = null;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null) continue;
    last = value;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    count++;
  }
  return count === 0 ? { last: null, min: null, max: null, avg: null } : { last, min, max, avg: sum / count };
}

/** Lines without any value in the range come last whatever the order. */
export function sortLines(lines: readonly Line[], by: SeriesSort, order: 'asc' | 'desc'): Line[] {
  const sign = order === 'asc' ? 1 : -1;
  return [...lines].sort((a, b) => {
    if (by === 'name') return sign * a.label.localeCompare(b.label, undefined, { numeric: true });
    const left = a[by];
    const right = b[by];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * (left - right) || a.label.localeCompare(b.label);
  });
}

/** Lines by the value of one attribute, the group with the largest value first. */
export function splitLines(
  lines: readonly Line[],
  attribute: string,
): Array<{ readonly value: string; readonly lines: Line[]; readonly max: number }> {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const value = line.labels[attribute] ?? '';
    const known = groups.get(value);
    if (known) known.push(line);
    else groups.set(value, [line]);
  }
  return [...groups]
    .map(([value, own]) => ({ value, lines: own, max: Math.max(0, ...own.map((line) => line.max ?? 0)) }))
    .sort((a, b) => b.max - a.max || a.value.localeCompare(b.value));
}

export interface ExemplarMarker extends ChartMarker {
  readonly traceId: string;
  readonly spanId: string;
  /** Nanoseconds. */
  readonly timestamp: string;
}

/** Exemplars are single values of the metric: on a chart of rates, counts or totals they have no place. */
const COMPARABLE: ReadonlySet<Aggregate> = new Set(['avg', 'min', 'max', 'last', 'p50', 'p90', 'p95', 'p99']);

export function markersOf(
  answer: Pick<MetricsQueryResponse, 'aggregate' | 'exemplars'>,
  describe: (value: number, timestamp: string) => string,
): ExemplarMarker[] {
  if (!COMPARABLE.has(answer.aggregate)) return [];
  return (answer.exemplars ?? []).map(({ timestamp, value, traceId, spanId }) => ({
    id: `${traceId}-${spanId}-${timestamp}`,
    atMs: nanosToMillis(timestamp),
    value,
    label: describe(value, timestamp),
    traceId,
    spanId,
    timestamp,
  }));
}

/** How far above the lines exemplars may push the scale: beyond, the lines would be flat for the sake of one value. */
const MARKER_ROOM = 1.6;

/** Top of a scale that has room for lines and most exemplars; absent where the lines alone decide. */
export function scaleTop(lines: readonly Line[], markers: readonly ChartMarker[]): number | undefined {
  const top = Math.max(0, ...lines.map((line) => line.max ?? 0));
  const highest = Math.max(0, ...markers.map((marker) => marker.value));
  return highest > top && top > 0 ? Math.min(highest, top * MARKER_ROOM) : undefined;
}

/** What can be asked of a kind of metric; the rest the server refuses. */
export function aggregatesOf(metric: Pick<MetricInfo, 'type' | 'monotonic' | 'temporality'>): Aggregate[] {
  if (metric.type === 'gauge' || metric.type === 'sum') {
    const grows = metric.type === 'sum' && metric.monotonic;
    const plain: Aggregate[] = ['avg', 'sum', 'min', 'max', 'last', 'count', 'p50', 'p95', 'p99'];
    return grows ? ['rate', 'increase', ...plain] : plain;
  }
  return ['p50', 'p90', 'p95', 'p99', 'avg', 'max', 'min', 'rate', 'count', 'sum'];
}

/** Lines that a reader can ask for; charts draw no more. */
export const MANY_LINES = 250;

/** Intervals between two points of a line that it is drawn across: one lost point is no gap, two are. */
const DRAWN_ACROSS = 2;

/** Where the answer's first step begins, how long one is and how far a value looks back, in milliseconds. */
export function gridOf(answer: Pick<MetricsQueryResponse, 'start' | 'step' | 'window' | 'interval'>) {
  const step = Number(answer.step);
  // Whole steps that may be empty between two points: none where a step holds several points.
  const bridge = Math.max(0, Math.ceil((DRAWN_ACROSS * Number(answer.interval)) / step) - 1);
  return { startMs: nanosToMillis(answer.start), stepMs: step / 1e6, windowMs: Number(answer.window) / 1e6, bridge };
}

export function largestOf(lines: readonly Line[]): number {
  return lines.reduce((top, line) => Math.max(top, Math.abs(line.max ?? 0), Math.abs(line.min ?? 0)), 0);
}

import type { MetricExemplar } from '@hanok/contract';
import { bind, name, select, sql } from '#store';
import { decodeAttributes, repeatedAttributes } from '../decode/attributes.ts';
import { pairsOf } from '../decode/records.ts';
import type { QuerySession } from '../query-session.ts';
import { type Row, textOf } from '../rows.ts';
import { numberValue, PAIRS } from './point-values.ts';

/** Exemplars of all points of a page: a page of 1,000 points with 256 exemplars each would be an answer of a hundred megabytes. */
const MOST = 5_000;

interface PointKey {
  readonly series: string;
  /** Value of the point, as it was sent. */
  readonly time: string;
}

/** The exemplars that came with these points, oldest first. */
export async function readExemplars(
  session: QuerySession,
  metric: string,
  points: readonly PointKey[],
): Promise<(point: PointKey) => MetricExemplar[]> {
  const byPoint = new Map<string, MetricExemplar[]>();
  if (points.length > 0) {
    const series = [...new Set(points.map((point) => BigInt(point.series)))];
    const times = [...new Set(points.map((point) => BigInt(point.time)))];
    const rows = await session.rows(
      select({
        columns: COLUMNS,
        from: 'exemplars',
        where: [
          sql`metric = ${bind.string(metric)}`,
          sql`has(${bind.uints(series)}, series_id)`,
          sql`has(${bind.uints(times)}, point_time)`,
        ],
        orderBy: [name('timestamp'), name('series_id'), name('value')],
        limit: MOST + 1,
      }),
    );
    if (rows.length > MOST)
      session.leaveOut('query.exemplars', `Only ${MOST} exemplars of these points are here; ask for fewer points.`);
    for (const row of rows.slice(0, MOST)) {
      const key = `${textOf(row['p_series'])} ${textOf(row['p_point_time'])}`;
      const list = byPoint.get(key) ?? [];
      byPoint.set(key, list);
      list.push(toExemplar(row));
    }
  }
  return ({ series, time }) => byPoint.get(`${series} ${time}`) ?? [];
}

const COLUMNS = {
  p_at: sql`toUnixTimestamp64Nano(timestamp)`,
  p_original: name('original_time'),
  p_series: name('series_id'),
  p_point_time: name('point_time'),
  p_value: name('value'),
  p_int: name('int_value'),
  p_number_type: name('number_type'),
  p_trace: sql`lower(hex(trace_id))`,
  p_span: sql`lower(hex(span_id))`,
  ...PAIRS,
};

const idOf = (hex: string): string => (/^0*$/.test(hex) ? '' : hex);

function toExemplar(row: Row): MetricExemplar {
  const pairs = pairsOf(row);
  const original = textOf(row['p_original']);
  return {
    timestamp: textOf(row['p_at']),
    ...(original !== '0' && { originalTime: original }),
    ...numberValue(row),
    traceId: idOf(textOf(row['p_trace'])),
    spanId: idOf(textOf(row['p_span'])),
    attributes: decodeAttributes(pairs),
    ...repeatedAttributes(pairs),
  };
}

/**
 * The questions, and for each the best SQL that a person who knows the tables would write for the same answer: the same
 * columns and limits. Where that person would look at the last quarter of an hour first, because it surely fills a page,
 * the SQL does too.
 */
import type { TenantId } from '@hanok/contract';
import { wordsExpression } from '../../server/src/base/index.ts';
import { DATABASE } from './data.ts';
import type { Question } from './measure.ts';
import type { Sample } from './sample.ts';

const MINUTE = 60_000_000_000n;
const DAY = 1_440n * MINUTE;
/** Ends of ranges differ by so much, so that no two conditions are the same. */
const SHIFT = 1_000_000n;
const PAGE = 100;

const LOG_COLUMNS = `toUnixTimestamp64Nano(timestamp) AS time, toUnixTimestamp64Nano(timestamp) + observed_delay AS observed,
  tenant, original_time, severity_number, severity_text, severity_original, service_name, environment, host_name,
  resource_id, scope_id, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, flags, event_name, body, body_type,
  attributes, attribute_types, dropped_attributes_count, marks`;
const SPAN_LIST_COLUMNS = `toUnixTimestamp64Nano(timestamp) AS time, lower(hex(trace_id)) AS trace,
  lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent, attributes, attribute_types, duration, name, kind,
  status_code, service_name, environment, host_name`;
const SPAN_COLUMNS = `toUnixTimestamp64Nano(timestamp) AS time, lower(hex(span_id)) AS span,
  lower(hex(parent_span_id)) AS parent, attributes, attribute_types, duration, name, kind, status_code, service_name,
  environment, host_name, arrayMap(x -> lower(hex(x)), link_trace_ids) AS linked_traces,
  arrayMap(x -> lower(hex(x)), link_span_ids) AS linked_spans, original_time, trace_state, flags, status_message,
  resource_id, scope_id, dropped_attributes_count, event_times, event_names, event_attributes, event_dropped_counts,
  dropped_events_count, link_trace_states, link_flags, link_attributes, link_dropped_counts, dropped_links_count, marks`;

interface Rows {
  readonly rows: readonly unknown[];
}

/** Told so, a statement leaves the skip indexes out. */
const WITHOUT_INDEX = { use_skip_indexes: 0, query_plan_direct_read_from_text_index: 0 };

export function questions(sample: Sample, tenant: TenantId): readonly Question[] {
  const endOf = (value: number) => sample.to - BigInt(value) * SHIFT;
  const day = (value: number) => ({ from: String(endOf(value) - DAY), to: String(endOf(value)) });
  const rangeSql = (value: number, length = DAY) =>
    `tenant = '${tenant}' AND timestamp >= fromUnixTimestamp64Nano(toInt64(${endOf(value) - length}))
     AND timestamp < fromUnixTimestamp64Nano(toInt64(${endOf(value)}))`;
  const pick = (list: readonly string[], value: number) => list[value % list.length]!;

  const search = (
    what: string,
    query: (value: number) => string,
    condition: (value: number) => string,
    more: { readonly quick?: boolean; readonly recent?: boolean; readonly scan?: (value: number) => string } = {},
  ): Question => {
    const statement = (value: number, where: string) =>
      `SELECT ${LOG_COLUMNS} FROM ${DATABASE}.logs
       WHERE ${rangeSql(value, more.recent ? 15n * MINUTE : DAY)} AND ${where}
       ORDER BY timestamp DESC LIMIT ${PAGE + 1}`;
    const { scan } = more;
    return {
      what,
      ...(more.quick && { quick: true }),
      api: (value) => ({
        method: 'POST',
        path: '/api/v1/logs/search',
        body: { ...day(value), query: query(value), limit: PAGE },
      }),
      bare: (value) => ({ sql: statement(value, condition(value)) }),
      ...(scan && { scan: (value: number) => ({ sql: statement(value, scan(value)), settings: WITHOUT_INDEX }) }),
      rows: (answer: Rows) => answer.rows.length,
      spare: 1,
    };
  };
  const words = (list: readonly string[]) =>
    `hasAllTokens(${wordsExpression('body')}, [${list.map((word) => `'${word}'`).join(', ')}])`;
  /** The quickest way without an index to find texts that may have the words: a search for the rarest one's letters. */
  const letters = (text: string) => `position(lower(body), '${text}') > 0`;
  const customer = (value: number) => pick(sample.customers, value);
  const serviceGrid = 3_600;
  const histogramGrid = 1_800;

  return [
    {
      what: 'trace by id',
      quick: true,
      goalMs: 10,
      api: (value) => ({ method: 'GET', path: `/api/v1/traces/${pick(sample.traces, value)}` }),
      bare: (value) => ({
        sql: `SELECT ${SPAN_COLUMNS} FROM ${DATABASE}.spans
          WHERE tenant = '${tenant}' AND trace_id = toFixedString(unhex('${pick(sample.traces, value)}'), 16)
            AND cityHash64(tenant, trace_id) = cityHash64('${tenant}', toFixedString(unhex('${pick(sample.traces, value)}'), 16))
            AND toStartOfHour(timestamp) IN (SELECT hour FROM ${DATABASE}.trace_hours WHERE tenant = '${tenant}'
              AND trace_hash = toUInt32(cityHash64(toFixedString(unhex('${pick(sample.traces, value)}'), 16))))
          ORDER BY timestamp, span_id LIMIT 10000`,
      }),
      rows: (answer: { readonly spans: readonly unknown[] }) => answer.spans.length,
    },
    {
      what: 'services of 24 h',
      quick: true,
      goalMs: 50,
      api: (value) => ({ method: 'GET', path: `/api/v1/services?from=${day(value).from}&to=${day(value).to}` }),
      bare: (value) => ({
        sql: `SELECT service_name, entry, intDiv(toUnixTimestamp(time), ${serviceGrid}) AS cell, sum(count) AS n,
            sum(errors) AS bad, sumMap(buckets) AS spread, toUnixTimestamp(max(time)) AS seen,
            groupUniqArray(environment) AS places
          FROM ${DATABASE}.operations
          WHERE tenant = '${tenant}' AND time >= toDateTime(${(endOf(value) - DAY) / 1_000_000_000n})
            AND time < toDateTime(${endOf(value) / 1_000_000_000n + 1n})
          GROUP BY service_name, entry, cell`,
      }),
      gathered: true,
      // In the bare answer a service has a row per hour and kind; here they are made into one.
      rows: (answer: { readonly services: readonly { readonly series: object }[] }) => answer.services.length,
    },
    search('logs: rare word', customer, (value) => words([customer(value)]), {
      quick: true,
      scan: (value) => letters(customer(value)),
    }),
    search(
      'logs: three words',
      (value) => `customer ${customer(value)} known`,
      (value) => words(['customer', customer(value), 'known']),
      { scan: (value) => letters(customer(value)) },
    ),
    search(
      'logs: common word, filter',
      () => 'pool service.name:payment',
      () => `${words(['pool'])} AND service_name = 'payment'`,
      { quick: true, recent: true },
    ),
    search(
      'logs: substring',
      (value) => `/${customer(value).slice(1)}/`,
      (value) => `position(body, '${customer(value).slice(1)}') > 0`,
    ),
    search(
      'logs: newest 100',
      () => '',
      () => '1',
      { quick: true, recent: true },
    ),
    {
      what: 'logs: histogram by level',
      api: (value) => ({
        method: 'POST',
        path: '/api/v1/logs/histogram',
        body: { ...day(value), buckets: 60, by: 'severity_text' },
      }),
      bare: (value) => ({
        sql: `SELECT intDiv(toUnixTimestamp64Second(timestamp), ${histogramGrid}) AS cell, severity_text, count() AS n
          FROM ${DATABASE}.logs WHERE ${rangeSql(value)} GROUP BY cell, severity_text`,
      }),
      rows: (answer: { readonly series: readonly { readonly counts: readonly number[] }[] }) =>
        answer.series.reduce((sum, { counts }) => sum + counts.filter((count) => count > 0).length, 0),
    },
    {
      what: 'logs: facets',
      api: (value) => ({ method: 'POST', path: '/api/v1/logs/facets', body: day(value) }),
      bare: (value) => ({
        sql: ['severity_text', 'service_name', 'environment', 'host_name', 'event_name']
          .map(
            (field) => `SELECT '${field}' AS field, toString(${field}) AS value, count() AS n FROM ${DATABASE}.logs
              WHERE ${rangeSql(value)} AND ${field} != '' GROUP BY ${field} ORDER BY n DESC LIMIT 11`,
          )
          .map((one) => `(${one})`)
          .join(' UNION ALL '),
      }),
      rows: (answer: { readonly facets: readonly { readonly values: readonly unknown[] }[] }) =>
        answer.facets.reduce((sum, { values }) => sum + values.length, 0),
    },
    {
      what: 'logs: filter by attribute',
      goalMs: 60,
      api: (value) => ({
        method: 'POST',
        path: '/api/v1/logs/histogram',
        body: { ...day(value), buckets: 60, by: 'severity_text', query: 'attributes.component:web' },
      }),
      bare: (value) => ({
        sql: `SELECT intDiv(toUnixTimestamp64Second(timestamp), ${histogramGrid}) AS cell, severity_text, count() AS n
          FROM ${DATABASE}.logs WHERE ${rangeSql(value)} AND attributes['component'] = 'web' GROUP BY cell, severity_text`,
      }),
      rows: (answer: { readonly series: readonly { readonly counts: readonly number[] }[] }) =>
        answer.series.reduce((sum, { counts }) => sum + counts.filter((count) => count > 0).length, 0),
    },
    {
      what: 'spans: top 10 of attribute',
      goalMs: 60,
      api: (value) => ({
        method: 'POST',
        path: '/api/v1/traces/facets',
        body: { ...day(value), fields: ['attributes.http.route'], limit: 10 },
      }),
      bare: (value) => ({
        sql: `SELECT attributes['http.route'] AS value, count() AS n FROM ${DATABASE}.spans
          WHERE ${rangeSql(value)} AND value != '' GROUP BY value ORDER BY n DESC LIMIT 11`,
      }),
      rows: (answer: { readonly facets: readonly { readonly values: readonly unknown[] }[] }) =>
        answer.facets.reduce((sum, { values }) => sum + values.length, 0),
    },
    {
      what: 'spans: heat map',
      api: (value) => ({ method: 'POST', path: '/api/v1/traces/heatmap', body: { ...day(value), columns: 60 } }),
      bare: (value) => ({
        sql: `SELECT intDiv(toUnixTimestamp64Second(timestamp), ${histogramGrid}) AS cell,
            toInt32(floor(8 * log2(greatest(duration, 1)))) AS band, count() AS n, countIf(status_code = 2) AS bad
          FROM ${DATABASE}.spans WHERE ${rangeSql(value)} GROUP BY cell, band`,
      }),
      gathered: true,
      rows: (answer: { readonly counts: readonly (readonly number[])[] }) =>
        answer.counts.flat().filter((count) => count > 0).length,
    },
    {
      what: 'spans: errors of a service',
      api: (value) => ({
        method: 'POST',
        path: '/api/v1/traces/search',
        body: { ...day(value), query: 'service.name:payment status:error', limit: PAGE },
      }),
      bare: (value) => ({
        sql: `SELECT ${SPAN_LIST_COLUMNS} FROM ${DATABASE}.spans
          WHERE ${rangeSql(value)} AND service_name = 'payment' AND status_code = 2
          ORDER BY timestamp DESC LIMIT ${PAGE + 1}`,
      }),
      rows: (answer: Rows) => answer.rows.length,
      spare: 1,
    },
  ];
}

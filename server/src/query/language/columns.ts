import type { Signal } from '@hanok/contract';
import type { TopField } from '@hanok/contract/query';
import { MARK_BITS } from '#base';
import { bind, type Fragment, name, sql } from '#store';
import { ofTrace, unhexed } from './ids.ts';

/** The attribute under which a business id is kept that a resource claimed and its credential did not have. */
export const CLAIMED = 'hanok.claimed_business_id';

/** What a row of `resources` says its business id is. */
export const CLAIM = sql`if(mapContains(attributes, ${bind.string(CLAIMED)}), attributes[${bind.string(CLAIMED)}], tenant)`;

/** How a field with a column of its own is read in SQL. The form follows the field's type. */
export type ColumnForm =
  /** A text; absent when empty. */
  | { readonly form: 'text'; readonly text: Fragment }
  /** Any of several texts. */
  | { readonly form: 'texts'; readonly texts: Fragment }
  /** A 64-bit integer; `always` present or absent when 0. */
  | { readonly form: 'integer'; readonly value: Fragment; readonly always: boolean }
  /** Nanoseconds of a DateTime64, compared as a time so that keys and partitions prune. */
  | { readonly form: 'time'; readonly column: Fragment }
  /** A small number standing for one of the field's values. */
  | { readonly form: 'code'; readonly value: Fragment; readonly codes: Readonly<Record<string, number>> }
  /** Conditions by value. */
  | { readonly form: 'conditions'; readonly of: Readonly<Record<string, Fragment>> }
  /** `is`: the rows with an id, by an index where there is one. */
  | {
      readonly form: 'id';
      readonly column: Fragment;
      readonly bytes: number;
      readonly is: (hex: string) => Fragment;
    }
  | { readonly form: 'ids'; readonly column: Fragment; readonly bytes: number }
  | { readonly form: 'flag'; readonly condition: Fragment }
  /** A column of the record's scope, found through `scope_id`. */
  | { readonly form: 'scope'; readonly column: 'name' | 'version' };

export const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
/** `series.temporality`. */
export const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;
export const STATUSES = ['unset', 'ok', 'error'] as const;

const codesOf = (values: readonly string[]): Record<string, number> =>
  Object.fromEntries(values.map((value, code) => [value, code]));

const text = (column: string): ColumnForm => ({ form: 'text', text: name(column) });
const id = (column: string, bytes: number): ColumnForm => ({
  form: 'id',
  column: name(column),
  bytes,
  is: (hex) => sql`${name(column)} = ${unhexed(hex, bytes)}`,
});
const OBSERVED = sql`fromUnixTimestamp64Nano(toUnixTimestamp64Nano(timestamp) + observed_delay)`;
const ROOT = sql`parent_span_id = toFixedString('', 8)`;

const FORMS: Readonly<Record<string, ColumnForm>> = {
  severity_text: text('severity_text'),
  'service.name': text('service_name'),
  body: text('body'),
  name: text('name'),
  kind: { form: 'code', value: name('kind'), codes: codesOf(KINDS) },
  status: { form: 'code', value: name('status_code'), codes: codesOf(STATUSES) },
  status_message: text('status_message'),
  duration: { form: 'integer', value: sql`greatest(duration, 0)`, always: true },
  'deployment.environment': text('environment'),
  'host.name': text('host_name'),
  severity_number: { form: 'integer', value: sql`toInt64(severity_number)`, always: false },
  severity_text_original: text('severity_original'),
  trace_id: { form: 'id', column: name('trace_id'), bytes: 16, is: ofTrace },
  span_id: id('span_id', 8),
  parent_span_id: id('parent_span_id', 8),
  event_name: text('event_name'),
  business_id: text('tenant'),
  root: { form: 'flag', condition: ROOT },
  entry: { form: 'flag', condition: sql`(kind IN (2, 5) OR ${ROOT})` },
  trace_state: text('trace_state'),
  'event.name': { form: 'texts', texts: name('event_names') },
  'link.trace_id': { form: 'ids', column: name('link_trace_ids'), bytes: 16 },
  'link.span_id': { form: 'ids', column: name('link_span_ids'), bytes: 8 },
  has: {
    form: 'conditions',
    of: {
      events: sql`notEmpty(event_times)`,
      links: sql`notEmpty(link_trace_ids)`,
      exception: sql`has(event_names, 'exception')`,
    },
  },
  'scope.name': { form: 'scope', column: 'name' },
  'scope.version': { form: 'scope', column: 'version' },
  timestamp: { form: 'time', column: name('timestamp') },
  observed_timestamp: { form: 'time', column: OBSERVED },
  mark: {
    form: 'conditions',
    of: Object.fromEntries(
      Object.entries(MARK_BITS).map(([mark, bit]) => [mark, sql`bitAnd(marks, ${bind.uint(bit)}) != 0`]),
    ),
  },
  dropped_attributes_count: { form: 'integer', value: sql`toInt64(dropped_attributes_count)`, always: false },
  type: text('type'),
  temporality: { form: 'code', value: name('temporality'), codes: codesOf(TEMPORALITIES) },
  monotonic: { form: 'flag', condition: sql`monotonic = 1` },
  unit: text('unit'),
};

export function formOf(field: TopField): ColumnForm {
  return FORMS[field.name]!;
}

/** The main text of a signal: what words without a field are looked for in. */
export function mainTexts(signal: Signal): { readonly one: readonly Fragment[]; readonly many: readonly Fragment[] } {
  if (signal === 'logs') return { one: [name('body')], many: [] };
  const values = sql`mapValues(attributes)`;
  if (signal === 'traces') return { one: [name('name'), name('status_message')], many: [values] };
  return { one: [name('metric')], many: [values] };
}

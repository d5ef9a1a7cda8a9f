import type { Signal } from '../ids.ts';
import { MARKS } from '../marks.ts';

/**
 * Fields with a column of their own. `text` is searched by words, `level` and `choice` take one of `values` (in order
 * of rank for a level), `duration` and `time` are 64-bit nanoseconds, `flag` is true or false, `id` is hex digits.
 */
export type FieldType = 'text' | 'string' | 'number' | 'duration' | 'time' | 'level' | 'choice' | 'flag' | 'id';

export interface TopField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly signals: readonly Signal[];
  readonly type: FieldType;
  /** The values of levels and choices. */
  readonly values?: readonly string[];
  /** Other spellings of values. */
  readonly spellings?: Readonly<Record<string, string>>;
  /** Hex digits of an id. */
  readonly digits?: number;
}

const ALL: readonly Signal[] = ['logs', 'traces', 'metrics'];
const RECORDS: readonly Signal[] = ['logs', 'traces'];
const field = (
  name: string,
  signals: readonly Signal[],
  type: FieldType,
  more: Partial<Omit<TopField, 'name' | 'signals' | 'type'>> = {},
): TopField => ({ name, signals, type, aliases: [], ...more });

export const TOP_FIELDS: readonly TopField[] = [
  field('severity_text', ['logs'], 'level', {
    aliases: ['level', 'severity'],
    values: ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    spellings: {
      warning: 'warn',
      err: 'error',
      information: 'info',
      informational: 'info',
      critical: 'fatal',
      crit: 'fatal',
    },
  }),
  field('service.name', ALL, 'string', { aliases: ['service', 'service_name'] }),
  field('body', ['logs'], 'text'),
  field('name', ['traces'], 'string', { aliases: ['span.name'] }),
  field('kind', ['traces'], 'choice', {
    aliases: ['span.kind'],
    values: ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'],
  }),
  field('status', ['traces'], 'choice', { aliases: ['status_code'], values: ['unset', 'ok', 'error'] }),
  field('status_message', ['traces'], 'text'),
  field('duration', ['traces'], 'duration'),
  field('deployment.environment', ALL, 'string', { aliases: ['deployment.environment.name', 'environment', 'env'] }),
  field('host.name', ALL, 'string', { aliases: ['host', 'host_name'] }),
  field('severity_number', ['logs'], 'number'),
  field('trace_id', RECORDS, 'id', { aliases: ['traceId'], digits: 32 }),
  field('span_id', RECORDS, 'id', { aliases: ['spanId'], digits: 16 }),
  field('parent_span_id', ['traces'], 'id', { aliases: ['parentSpanId'], digits: 16 }),
  field('severity_text_original', ['logs'], 'string', { aliases: ['severityOriginal'] }),
  field('event_name', ['logs'], 'string'),
  field('business_id', ALL, 'string'),
  field('root', ['traces'], 'flag'),
  field('entry', ['traces'], 'flag'),
  field('trace_state', ['traces'], 'string'),
  field('event.name', ['traces'], 'string'),
  field('link.trace_id', ['traces'], 'id', { digits: 32 }),
  field('link.span_id', ['traces'], 'id', { digits: 16 }),
  field('has', ['traces'], 'choice', { values: ['events', 'links', 'exception'] }),
  field('scope.name', ALL, 'string'),
  field('scope.version', ALL, 'string'),
  field('timestamp', RECORDS, 'time'),
  field('observed_timestamp', ['logs'], 'time'),
  field('mark', RECORDS, 'choice', { aliases: ['marks'], values: MARKS }),
  field('dropped_attributes_count', RECORDS, 'number'),
  field('type', ['metrics'], 'string'),
  field('unit', ['metrics'], 'string'),
];

const BY_NAME = new Map<Signal, ReadonlyMap<string, TopField>>(
  ALL.map((signal) => [
    signal,
    new Map(
      TOP_FIELDS.filter((one) => one.signals.includes(signal)).flatMap((one) =>
        [one.name, ...one.aliases].map((name) => [name, one] as const),
      ),
    ),
  ]),
);

export function topField(signal: Signal, name: string): TopField | undefined {
  return BY_NAME.get(signal)?.get(name);
}

/** Where a field of a query is looked for. */
export type Target =
  | { readonly source: 'field'; readonly field: TopField }
  /** In the record's attributes, or else in its resource's (and for `exception.*` of a span in its events'). */
  | { readonly source: 'any'; readonly key: string }
  | { readonly source: 'attribute' | 'resource' | 'scope' | 'event'; readonly key: string };

const PREFIXES: ReadonlyArray<readonly [string, 'attribute' | 'resource' | 'scope' | 'event']> = [
  ['attributes.', 'attribute'],
  ['attribute.', 'attribute'],
  ['resource.', 'resource'],
  ['scope.', 'scope'],
  ['event.', 'event'],
];

/** A column of its own wins over an attribute of the same name; `attributes.` and `resource.` say what is meant. */
export function targetOf(signal: Signal, name: string): Target {
  const own = topField(signal, name);
  if (own) return { source: 'field', field: own };
  for (const [prefix, source] of PREFIXES) {
    if (!name.startsWith(prefix) || name.length === prefix.length) continue;
    if (source === 'event' && signal !== 'traces') break;
    return { source, key: name.slice(prefix.length) };
  }
  return { source: 'any', key: name };
}

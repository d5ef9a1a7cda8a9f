import type { Signal } from '../ids.ts';
import { MARKS } from '../marks.ts';
import { QUERY_LIMITS } from './limits.ts';

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
    aliases: ['level', 'severity', 'severityText'],
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
  field('service.name', ALL, 'string', { aliases: ['service', 'service_name', 'serviceName'] }),
  field('body', ['logs'], 'text'),
  field('name', ['traces'], 'string', { aliases: ['span.name'] }),
  field('kind', ['traces'], 'choice', {
    aliases: ['span.kind'],
    values: ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'],
  }),
  field('status', ['traces'], 'choice', { aliases: ['status_code'], values: ['unset', 'ok', 'error'] }),
  field('status_message', ['traces'], 'text'),
  field('duration', ['traces'], 'duration'),
  field('deployment.environment', ALL, 'string', {
    aliases: ['deployment.environment.name', 'environment', 'env', 'deploymentEnvironment', 'deployment_environment'],
  }),
  field('host.name', ALL, 'string', { aliases: ['host', 'host_name', 'hostName'] }),
  field('severity_number', ['logs'], 'number'),
  field('trace_id', RECORDS, 'id', { aliases: ['traceId'], digits: 32 }),
  field('span_id', RECORDS, 'id', { aliases: ['spanId'], digits: 16 }),
  field('parent_span_id', ['traces'], 'id', { aliases: ['parentSpanId'], digits: 16 }),
  field('severity_text_original', ['logs'], 'string', { aliases: ['severityOriginal'] }),
  field('event_name', ['logs'], 'string'),
  field('business_id', ALL, 'string', { aliases: ['businessId'] }),
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
  field('temporality', ['metrics'], 'choice', { values: ['unspecified', 'delta', 'cumulative'] }),
  field('monotonic', ['metrics'], 'flag'),
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

/** A member of a nested value: the attribute that holds it, and the keys from there inwards. */
export interface Member {
  readonly key: string;
  readonly path: readonly string[];
}

/** Attributes of one kind: under this very name, or as a member of one that is a map. */
export interface Keyed {
  readonly key: string;
  readonly members: readonly Member[];
}

/** Where a field of a query is looked for. */
export type Target =
  | { readonly source: 'field'; readonly field: TopField }
  /**
   * In the record's attributes or its resource's (and for `exception.*` of a span in its events'), and with `body` in a
   * log's body by these paths.
   */
  | ({ readonly source: 'any'; readonly body?: ReadonlyArray<readonly string[]> } & Keyed)
  | ({ readonly source: KeyedSource } & Keyed)
  /** The business id that a record's resource claims: its own tenant's unless it says otherwise. */
  | { readonly source: 'claim' };

type KeyedSource = 'attribute' | 'resource' | 'scope' | 'event' | 'link';

const PREFIXES: ReadonlyArray<readonly [string, KeyedSource]> = [
  ['attributes.', 'attribute'],
  ['attribute.', 'attribute'],
  ['resource.', 'resource'],
  ['scope.', 'scope'],
  ['event.', 'event'],
  ['link.', 'link'],
];
const IN_BODY = 'body.';
const CLAIM: ReadonlySet<string> = new Set(['resource.business_id', 'resource.businessId']);

/** A column of its own wins over an attribute of the same name; `attributes.` and `resource.` say what is meant. */
export function targetOf(signal: Signal, name: string): Target {
  const own = topField(signal, name);
  if (own) return { source: 'field', field: own };
  if (CLAIM.has(name)) return { source: 'claim' };
  for (const [prefix, source] of PREFIXES) {
    if (!name.startsWith(prefix) || name.length === prefix.length) continue;
    if ((source === 'event' || source === 'link') && signal !== 'traces') break;
    return { source, ...keyed(name.slice(prefix.length)) };
  }
  const inBody = signal === 'logs' && name.startsWith(IN_BODY) && name.length > IN_BODY.length;
  return {
    source: 'any',
    ...keyed(name),
    ...(inBody && { body: pathsOf(name.slice(IN_BODY.length).split('.')) }),
  };
}

function keyed(key: string): Keyed {
  const parts = key.split('.');
  // A name with an empty part (`a..b`) or of very many is a name and nothing else.
  if (parts.length > QUERY_LIMITS.nameParts || parts.includes('')) return { key, members: [] };
  return {
    key,
    members: parts
      .slice(1)
      .flatMap((_, i) => pathsOf(parts.slice(i + 1)).map((path) => ({ key: parts.slice(0, i + 1).join('.'), path }))),
  };
}

/** Up to this many parts every way of joining them is tried: keys inside a map may have dots too. */
const PARTS_JOINED = 3;

/** The ways `a.b.c` may be nested: `a` `b` `c`, `a` `b.c`, `a.b` `c`, `a.b.c`; of many parts the first and the last. */
function pathsOf(parts: readonly string[]): ReadonlyArray<readonly string[]> {
  if (parts.length > QUERY_LIMITS.nameParts) return [[parts.join('.')]];
  if (parts.length > PARTS_JOINED) return [parts, [parts.join('.')]];
  if (parts.length === 1) return [parts];
  const [first, ...rest] = parts as [string, ...string[]];
  return pathsOf(rest).flatMap((path) => [
    [first, ...path],
    [`${first}.${path[0]}`, ...path.slice(1)],
  ]);
}

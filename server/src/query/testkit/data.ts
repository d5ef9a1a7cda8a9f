import { createHash } from 'node:crypto';
import type { AnyValue, TenantId } from '@hanok/contract';
import { type Batch, type Block, encodeRows, LAYOUT_VERSION, type NativeValue, type TableName } from '#base';
import { KINDS, STATUSES, TEMPORALITIES } from '../language/columns.ts';

/** Rows as people write them in tests and in conformance/query. */
type Attributes = Readonly<Record<string, AnyValue>>;
export interface LogInput {
  readonly time?: bigint | string;
  readonly body?: AnyValue;
  readonly level?: string;
  readonly severityNumber?: number;
  readonly severityOriginal?: string;
  readonly attributes?: Attributes;
  readonly resource?: Attributes;
  readonly scope?: { readonly name?: string; readonly version?: string; readonly attributes?: Attributes };
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName?: string;
  readonly marks?: number;
}
export interface SpanInput {
  readonly time?: bigint | string;
  readonly duration?: number | string;
  readonly name?: string;
  readonly kind?: (typeof KINDS)[number];
  readonly status?: (typeof STATUSES)[number];
  readonly statusMessage?: string;
  readonly attributes?: Attributes;
  readonly resource?: Attributes;
  readonly scope?: NonNullable<LogInput['scope']>;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly events?: ReadonlyArray<{ readonly name: string; readonly time?: string; readonly attributes?: Attributes }>;
  readonly links?: ReadonlyArray<{
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes?: Attributes;
  }>;
}

export interface SeriesInput {
  readonly metric: string;
  readonly type: 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary';
  readonly temporality?: (typeof TEMPORALITIES)[number];
  readonly monotonic?: boolean;
  readonly unit?: string;
  readonly description?: string;
  readonly attributes?: Attributes;
  readonly resource?: Attributes;
}

/** 2026-11-20T10:00:00Z, on an hour. */
export const START = 1_795_168_800_000_000_000n;
export const SECOND = 1_000_000_000n;

/** A value's text and letter as the pipeline keeps them. */
export function encodeValue(value: AnyValue): readonly [text: string, letter: string] {
  if (typeof value === 'string') return [value, 's'];
  if (typeof value === 'boolean') return [String(value), 'b'];
  if (typeof value === 'number') return [String(value), Number.isInteger(value) ? 'i' : 'd'];
  if (value === null) return ['', 'n'];
  if (Array.isArray(value)) return [JSON.stringify(value), 'a'];
  if ('int' in value) return [value.int, 'i'];
  if ('double' in value) return [value.double, 'd'];
  if ('bytes' in value) return [value.bytes, 'y'];
  return [JSON.stringify(value), 'm'];
}

export function encodeAttributes(attributes: Attributes = {}): {
  readonly attributes: [string, string][];
  readonly attribute_types: string;
} {
  const pairs = Object.entries(attributes).map(([key, value]) => [key, ...encodeValue(value)] as const);
  const types = pairs.map(([, , letter]) => letter).join('');
  return { attributes: pairs.map(([key, text]) => [key, text]), attribute_types: /^s*$/.test(types) ? '' : types };
}

const hexBytes = (hex: string | undefined, width: number): Uint8Array => {
  const bytes = new Uint8Array(width);
  if (hex) bytes.set(Buffer.from(hex, 'hex'));
  return bytes;
};

type Rows = Record<string, NativeValue>[];
const DAY_NANOS = 86_400n * SECOND;

/** Collects rows of all tables and makes a batch of them. */
export class BatchBuilder {
  readonly #tenant: TenantId;
  readonly #rows = new Map<TableName, Rows>();
  readonly #ids = new Set<bigint>();

  constructor(tenant: TenantId) {
    this.#tenant = tenant;
  }

  row(table: TableName, row: Readonly<Record<string, NativeValue>>): this {
    const rows = this.#rows.get(table) ?? [];
    this.#rows.set(table, rows);
    rows.push({ tenant: this.#tenant, retention_days: 30, ...row });
    return this;
  }

  log(input: LogInput): this {
    const time = BigInt(input.time ?? START);
    const [body, letter] = encodeValue(input.body ?? '');
    return this.row('logs', {
      ...this.#surroundings(input, time),
      timestamp: time,
      observed_delay: 0n,
      severity_number: input.severityNumber ?? 0,
      severity_text: input.level ?? 'unspecified',
      severity_original: input.severityOriginal ?? '',
      trace_id: hexBytes(input.traceId, 16),
      span_id: hexBytes(input.spanId, 8),
      event_name: input.eventName ?? '',
      body,
      body_type: letter.charCodeAt(0),
      marks: input.marks ?? 0,
      ...encodeAttributes(input.attributes),
    });
  }

  span(input: SpanInput): this {
    const time = BigInt(input.time ?? START);
    const events = input.events ?? [];
    const links = input.links ?? [];
    return this.row('spans', {
      ...this.#surroundings(input, time),
      timestamp: time,
      duration: BigInt(input.duration ?? 1_000_000),
      trace_id: hexBytes(input.traceId, 16),
      span_id: hexBytes(input.spanId, 8),
      parent_span_id: hexBytes(input.parentSpanId, 8),
      trace_state: input.traceState ?? '',
      name: input.name ?? 'span',
      kind: KINDS.indexOf(input.kind ?? 'internal'),
      status_code: STATUSES.indexOf(input.status ?? 'unset'),
      status_message: input.statusMessage ?? '',
      ...encodeAttributes(input.attributes),
      event_times: events.map((event) => BigInt(event.time ?? time)),
      event_names: events.map((event) => event.name),
      event_attributes: events.map((event) => JSON.stringify(Object.entries(event.attributes ?? {}))),
      event_dropped_counts: events.map(() => 0),
      link_trace_ids: links.map((link) => hexBytes(link.traceId, 16)),
      link_span_ids: links.map((link) => hexBytes(link.spanId, 8)),
      link_trace_states: links.map(() => ''),
      link_flags: links.map(() => 0),
      link_attributes: links.map((link) => JSON.stringify(Object.entries(link.attributes ?? {}))),
      link_dropped_counts: links.map(() => 0),
    });
  }

  batch(signal: Batch['signal'] = 'logs'): Batch {
    const blocks: Block[] = [...this.#rows].map(([table, rows]) => encodeRows(table, rows));
    const records = blocks.reduce((sum, block) => sum + block.rows, 0);
    return {
      tenant: this.#tenant,
      signal,
      layoutVersion: LAYOUT_VERSION,
      records,
      minTime: START,
      maxTime: START,
      blocks,
    };
  }

  /** Adds the resource and scope rows when they are new, and returns the columns that refer to them. */
  #surroundings(input: Pick<LogInput, 'resource' | 'scope'>, time: bigint) {
    const day = Number(time / DAY_NANOS);
    const resource = { 'service.name': 'shop', ...input.resource };
    const named = (key: string) => String(resource[key as keyof typeof resource] ?? '');
    const columns = {
      service_name: named('service.name'),
      environment: named('deployment.environment'),
      host_name: named('host.name'),
    };
    const resourceId = this.resourceId(resource);
    if (resourceId.isNew)
      this.row('resources', { day, resource_id: resourceId.id, ...columns, ...encodeAttributes(resource) });
    if (!input.scope) return { ...columns, resource_id: resourceId.id };
    const scopeId = this.#id(`scope ${JSON.stringify(input.scope)}`);
    if (scopeId.isNew)
      this.row('scopes', {
        day,
        scope_id: scopeId.id,
        name: input.scope.name ?? '',
        version: input.scope.version ?? '',
        ...encodeAttributes(input.scope.attributes),
      });
    return { ...columns, resource_id: resourceId.id, scope_id: scopeId.id };
  }

  series(input: SeriesInput): bigint {
    const columns = this.#surroundings(input, START);
    const { id } = this.#id(`series ${JSON.stringify(input)}`);
    for (const day of [START, START + DAY_NANOS])
      this.row('series', {
        ...columns,
        day: Number(day / DAY_NANOS),
        metric: input.metric,
        series_id: id,
        type: input.type,
        temporality: TEMPORALITIES.indexOf(input.temporality ?? 'unspecified'),
        monotonic: input.monotonic ? 1 : 0,
        unit: input.unit ?? '',
        description: input.description ?? '',
        ...encodeAttributes(input.attributes),
      });
    return id;
  }

  resourceId(resource: Attributes): { readonly id: bigint; readonly isNew: boolean } {
    return this.#id(`resource ${JSON.stringify(resource)}`);
  }

  /** A hash of the content, as the pipeline's ids are; beyond 2^53, so that a number in between would be noticed. */
  #id(key: string): { readonly id: bigint; readonly isNew: boolean } {
    const id = createHash('md5').update(`${this.#tenant} ${key}`).digest().readBigUInt64BE(0) | (1n << 63n);
    if (this.#ids.has(id)) return { id, isNew: false };
    this.#ids.add(id);
    return { id, isNew: true };
  }
}

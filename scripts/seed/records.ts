/** Records of a template before they are bytes, grouped by the resource that sends them, and their encoding. */
import type { Signal, Template } from './template.ts';
import { type Attributes, Wire } from './wire.ts';

export type SpanId = readonly [high: number, low: number];

export const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const SEVERITY = { debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;

export interface SpanRecord {
  readonly slot: number;
  readonly id: SpanId;
  readonly parent: SpanId | undefined;
  readonly name: string;
  readonly kind: number;
  /** Nanoseconds after the slot's base, as all times here. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly error?: string;
}

export interface LogRecord {
  readonly slot: number;
  readonly span: SpanId | undefined;
  readonly at: number;
  readonly severity: keyof typeof SEVERITY;
  readonly body: string;
  readonly attributes: Attributes;
}

export interface Resource {
  readonly service: string;
  readonly attributes: Attributes;
}

export interface Sent<T> {
  readonly resource: Resource;
  readonly records: T[];
}

/** Records by resource; the same resource object is the same group. */
export class Groups<T> {
  readonly #groups = new Map<Resource, Sent<T>>();

  add(resource: Resource, record: T): void {
    const group = this.#groups.get(resource);
    if (group === undefined) this.#groups.set(resource, { resource, records: [record] });
    else group.records.push(record);
  }

  get all(): Iterable<Sent<T>> {
    return this.#groups.values();
  }
}

const STATUS_ERROR = 2;

function writeSpan(wire: Wire, span: SpanRecord): void {
  wire.message(2, () => {
    wire.traceId(1, span.slot);
    wire.spanId(2, ...span.id);
    if (span.parent !== undefined) wire.spanId(4, ...span.parent);
    wire.text(5, span.name);
    wire.uint(6, span.kind);
    wire.time(7, span.slot, span.start);
    wire.time(8, span.slot, span.end);
    wire.attributes(9, span.attributes);
    const { error } = span;
    if (error !== undefined) {
      wire.message(11, () => {
        wire.time(1, span.slot, span.end);
        wire.text(2, 'exception');
        wire.attributes(3, [
          ['exception.type', 'Error'],
          ['exception.message', error],
        ]);
      });
      wire.message(15, () => {
        wire.text(2, error);
        wire.uint(3, STATUS_ERROR);
      });
    }
    wire.fixed32(16, 1);
  });
}

function writeLog(wire: Wire, log: LogRecord): void {
  wire.message(2, () => {
    wire.time(1, log.slot, log.at);
    wire.uint(2, SEVERITY[log.severity]);
    wire.text(3, log.severity.toUpperCase());
    wire.value(5, log.body);
    wire.attributes(6, log.attributes);
    if (log.span !== undefined) {
      wire.fixed32(8, 1);
      wire.traceId(9, log.slot);
      wire.spanId(10, ...log.span);
    }
    wire.time(11, log.slot, log.at + 1_000_000);
  });
}

function encode<T>(signal: Signal, groups: Groups<T>, scope: string, write: (wire: Wire, record: T) => void): Template {
  const wire = new Wire();
  const services = new Map<string, number>();
  for (const { resource, records } of groups.all) {
    wire.resource(resource.attributes, scope, () => {
      for (const record of records) write(wire, record);
    });
    services.set(resource.service, (services.get(resource.service) ?? 0) + records.length);
  }
  return wire.finish(signal, services);
}

export const encodeSpans = (groups: Groups<SpanRecord>): Template =>
  encode('traces', groups, '@hanok/seed-instrumentation', writeSpan);

export const encodeLogs = (groups: Groups<LogRecord>): Template =>
  encode('logs', groups, '@hanok/seed-logger', writeLog);

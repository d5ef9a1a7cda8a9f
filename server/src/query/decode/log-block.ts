import { type NativeValue, type ReadBlock, utf8Text } from '#base';
import type { Pairs } from './attributes.ts';
import type { LogRecord } from './records.ts';

type Get = (row: number) => NativeValue;

/**
 * Logs of one block as it lies in the journal, for everybody who looks at it: a record reads from the bytes what it is
 * asked for and nothing else, and a body that one has read is there for the next. The bytes must not change meanwhile.
 */
export class LogBlock {
  readonly rows: number;
  readonly #columns: Readonly<Record<ColumnName, Get>>;
  readonly #bodies: (string | undefined)[] = [];

  constructor(block: ReadBlock) {
    this.rows = block.rows;
    this.#columns = Object.fromEntries(COLUMNS.map((name) => [name, block.column(name).get])) as Record<
      ColumnName,
      Get
    >;
  }

  record(row: number): LogRecord {
    return new BlockLog(this, row);
  }

  /** Rows of the same resource and scope follow each other, so telling whether the next one differs costs no text. */
  refersAsBefore(row: number): boolean {
    const { resource_id, scope_id } = this.#columns;
    return row > 0 && resource_id(row) === resource_id(row - 1) && scope_id(row) === scope_id(row - 1);
  }

  text(column: ColumnName, row: number): string {
    return nativeText(this.#columns[column](row));
  }

  body(row: number): string {
    let body = this.#bodies[row];
    if (body === undefined) this.#bodies[row] = body = this.text('body', row);
    return body;
  }

  number(column: ColumnName, row: number): number {
    return Number(this.#columns[column](row));
  }

  big(column: ColumnName, row: number): bigint {
    const value = this.#columns[column](row);
    return typeof value === 'bigint' ? value : BigInt(Number(value));
  }

  /** Hex digits; empty when absent. */
  id(column: ColumnName, row: number): string {
    const value = this.#columns[column](row);
    return value instanceof Uint8Array && value.some((byte) => byte !== 0) ? Buffer.from(value).toString('hex') : '';
  }

  pairs(row: number): Pairs {
    return mapOf(this.#columns.attributes(row), this.text('attribute_types', row));
  }
}

const COLUMNS = [
  ...(['tenant', 'timestamp', 'observed_delay', 'original_time'] as const),
  ...(['severity_number', 'severity_text', 'severity_original', 'service_name', 'environment', 'host_name'] as const),
  ...(['resource_id', 'scope_id', 'trace_id', 'span_id', 'flags', 'event_name', 'body', 'body_type'] as const),
  ...(['attributes', 'attribute_types', 'dropped_attributes_count', 'marks'] as const),
];
type ColumnName = (typeof COLUMNS)[number];

class BlockLog implements LogRecord {
  readonly signal = 'logs';
  readonly #block: LogBlock;
  readonly #row: number;

  constructor(block: LogBlock, row: number) {
    this.#block = block;
    this.#row = row;
  }

  get tenant() {
    return this.#block.text('tenant', this.#row);
  }
  get timestamp() {
    return this.#block.big('timestamp', this.#row);
  }
  get observedTimestamp() {
    return BigInt.asIntN(64, this.timestamp + this.#block.big('observed_delay', this.#row));
  }
  get originalTime() {
    return this.#block.big('original_time', this.#row);
  }
  get severityNumber() {
    return this.#block.number('severity_number', this.#row);
  }
  get severityText() {
    return this.#block.text('severity_text', this.#row);
  }
  get severityOriginal() {
    return this.#block.text('severity_original', this.#row);
  }
  get serviceName() {
    return this.#block.text('service_name', this.#row);
  }
  get environment() {
    return this.#block.text('environment', this.#row);
  }
  get hostName() {
    return this.#block.text('host_name', this.#row);
  }
  get resourceId() {
    return this.#block.text('resource_id', this.#row);
  }
  get scopeId() {
    return this.#block.text('scope_id', this.#row);
  }
  get traceId() {
    return this.#block.id('trace_id', this.#row);
  }
  get spanId() {
    return this.#block.id('span_id', this.#row);
  }
  get flags() {
    return this.#block.number('flags', this.#row);
  }
  get eventName() {
    return this.#block.text('event_name', this.#row);
  }
  get body() {
    return this.#block.body(this.#row);
  }
  get bodyType() {
    return String.fromCharCode(this.#block.number('body_type', this.#row));
  }
  get attributes() {
    return this.#block.pairs(this.#row);
  }
  get droppedAttributesCount() {
    return this.#block.number('dropped_attributes_count', this.#row);
  }
  get marks() {
    return this.#block.number('marks', this.#row);
  }
}

const isPair = (value: unknown): value is readonly [string, string] => Array.isArray(value) && value.length === 2;

function mapOf(value: NativeValue, types: string): Pairs {
  const pairs = (Array.isArray(value) ? value : []).filter(isPair);
  return { keys: pairs.map(([key]) => key), values: pairs.map(([, text]) => text), types };
}

export const nativeText = (value: NativeValue): string =>
  value instanceof Uint8Array ? utf8Text(value) : Array.isArray(value) ? '' : String(value);

export function nativePairs(block: ReadBlock, row: number): Pairs {
  return mapOf(block.column('attributes').get(row), nativeText(block.column('attribute_types').get(row)));
}

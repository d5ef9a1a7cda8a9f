import type { RollupSchema, SkipIndex, TableSchema } from './table.ts';
import { DEFAULT_CODEC } from './tables.ts';

/**
 * Settings of every table.
 *
 * The deduplication window counts inserted blocks per table; a replay concerns the last range only, so it is ample. On
 * an engine of ours it is a second line: `engine/insert-log.ts` is the first and the one that survives a power cut.
 * Small parts stay in the compact form (one data file instead of three per column): an insert of 30 columns then
 * costs five files and five fsyncs. fsync: a committed range must not depend on the page cache, see `engine/durable.ts`.
 */
const SETTINGS: Readonly<Record<string, number | string>> = {
  non_replicated_deduplication_window: 1_000,
  ttl_only_drop_parts: 1,
  min_bytes_for_wide_part: 67_108_864,
  fsync_after_insert: 1,
  fsync_part_directory: 1,
};

export const renderSettings = (settings: Readonly<Record<string, number | string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : `'${value}'`}`)
    .join(', ');

const settings = (more: Readonly<Record<string, number | string>> = {}): string =>
  renderSettings({ ...SETTINGS, ...more });

/** Held at the last instant a DateTime can name (2106): beyond it the sum would wrap, and the rows would be gone at once. */
export const ttl = (from: string): string =>
  `TTL toDateTime(least(${from} + 86400 * greatest(retention_days, 1), 4294967295)) DELETE`;

/** As in a table's definition, or behind ADD. */
export const skipIndex = ({ name, expression, type, granularity }: SkipIndex): string =>
  `INDEX \`${name}\` ${expression} TYPE ${type} GRANULARITY ${granularity}`;

const tuple = (expressions: readonly string[]): string => `(${expressions.join(', ')})`;

/** `CREATE TABLE IF NOT EXISTS` in `database`. */
export function createTable(schema: TableSchema, database: string): string {
  const columns = schema.layout.columns.map(
    ({ name, type }) => `\`${name}\` ${type} CODEC(${schema.codecs[name] ?? DEFAULT_CODEC})`,
  );
  const indexes = schema.indexes.map(skipIndex);
  return [
    `CREATE TABLE IF NOT EXISTS \`${database}\`.\`${schema.layout.table}\``,
    `(\n  ${[...columns, ...indexes].join(',\n  ')}\n)`,
    `ENGINE = ${schema.engine}`,
    `PARTITION BY ${tuple(schema.partitionBy)}`,
    `ORDER BY ${tuple(schema.orderBy)}`,
    ttl(schema.ttlFrom),
    `SETTINGS ${settings({ ...(schema.granularity && { index_granularity: schema.granularity }), ...schema.settings })}`,
  ].join('\n');
}

/** The roll-up's table and the view that fills it, in the order they must be made. */
export function createRollup(schema: RollupSchema, database: string): readonly string[] {
  const columns = Object.entries(schema.columns).map(
    ([name, type]) => `\`${name}\` ${type} CODEC(${schema.codecs?.[name] ?? DEFAULT_CODEC})`,
  );
  return [
    [
      `CREATE TABLE IF NOT EXISTS \`${database}\`.\`${schema.name}\``,
      `(\n  ${columns.join(',\n  ')}\n)`,
      `ENGINE = ${schema.engine}`,
      `PARTITION BY ${tuple(schema.partitionBy)}`,
      `ORDER BY ${tuple(schema.orderBy)}`,
      ttl(schema.ttlFrom),
      `SETTINGS ${settings(schema.granularity ? { index_granularity: schema.granularity } : {})}`,
    ].join('\n'),
    [
      `CREATE MATERIALIZED VIEW IF NOT EXISTS \`${database}\`.\`${schema.name}_from_${schema.source}\``,
      `TO \`${database}\`.\`${schema.name}\` AS`,
      schema.select.replaceAll('{source}', `\`${database}\`.\`${schema.source}\``),
    ].join('\n'),
  ];
}

/** Enters what the source holds already. */
export function fillRollup(schema: RollupSchema & { readonly fill: string }, database: string): string {
  const columns = Object.keys(schema.columns).map((name) => `\`${name}\``);
  return [
    `INSERT INTO \`${database}\`.\`${schema.name}\` (${columns.join(', ')})`,
    schema.fill.replaceAll('{source}', `\`${database}\`.\`${schema.source}\``),
  ].join('\n');
}

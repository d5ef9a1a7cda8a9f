import type { Layout } from '#base';

/**
 * What a table adds to its layout: everything about how rows lie on disk and nothing about what they mean. One place
 * for all variants (embedded engine, ClickHouse URL, later a cluster); `render.ts` turns it into DDL.
 */
export interface TableSchema {
  readonly layout: Layout;
  readonly engine: 'MergeTree' | 'ReplacingMergeTree' | 'SummingMergeTree(count)';
  readonly orderBy: readonly string[];
  readonly partitionBy: readonly string[];
  /** Unix seconds; a row is gone `retention_days` after them. */
  readonly ttlFrom: string;
  /** Rows between two marks of the primary key; 8192 when absent. */
  readonly granularity?: number;
  readonly codecs: Readonly<Record<string, string>>;
  readonly indexes: readonly SkipIndex[];
  /** Settings of this table besides those of all. */
  readonly settings?: Readonly<Record<string, number | string>>;
}

export interface SkipIndex {
  readonly name: string;
  readonly expression: string;
  readonly type: string;
  readonly granularity: number;
}

/** A table filled by a materialised view from another table's inserts. */
export interface RollupSchema {
  readonly name: string;
  readonly source: string;
  readonly engine: 'AggregatingMergeTree' | 'ReplacingMergeTree';
  readonly columns: Readonly<Record<string, string>>;
  readonly codecs?: Readonly<Record<string, string>>;
  readonly orderBy: readonly string[];
  readonly partitionBy: readonly string[];
  readonly ttlFrom: string;
  readonly granularity?: number;
  /** The view's SELECT; `{source}` stands for the source table. */
  readonly select: string;
  /** The SELECT that enters what the source held before the view was there; only of what may be entered twice. */
  readonly fill?: string;
}

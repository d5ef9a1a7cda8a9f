import type { Fragment, Source } from './sql.ts';

/**
 * One SELECT. `compile` puts the tenant predicate first into the WHERE of every node whose source is a table; there
 * is no way to write a node without it. Made by `select` alone.
 */
export interface Select {
  readonly kind: 'select';
  readonly distinct?: boolean;
  /**
   * Alias to expression; the aliases are the result's column names, in this order. An alias is never what a column of a
   * table in the plan is called: the engine would take it for the column.
   */
  readonly columns: Readonly<Record<string, Fragment>>;
  readonly from: Source;
  readonly arrayJoin?: Readonly<Record<string, Fragment>>;
  /** Joined with AND. */
  readonly where?: readonly Fragment[];
  readonly groupBy?: readonly Fragment[];
  /** In place of `groupBy`: each set by itself, in one pass. */
  readonly groupingSets?: ReadonlyArray<readonly Fragment[]>;
  readonly having?: readonly Fragment[];
  /** `timestamp DESC` and the like. */
  readonly orderBy?: readonly Fragment[];
  readonly limitBy?: { readonly rows: number; readonly by: readonly Fragment[] };
  readonly limit?: number;
  readonly offset?: number;
}

const made = new WeakSet<object>();

export function select(parts: Omit<Select, 'kind'>): Select {
  const node: Select = Object.freeze({ kind: 'select', ...parts });
  made.add(node);
  return node;
}

export function isSelect(value: unknown): value is Select {
  return typeof value === 'object' && value !== null && made.has(value);
}

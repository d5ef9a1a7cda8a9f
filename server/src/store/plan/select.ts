import type { Fragment, Source } from './sql.ts';

/**
 * One SELECT. `compile` puts the tenant predicate first into the WHERE of every node whose source is a table; there
 * is no way to write a node without it.
 */
export interface Select {
  readonly kind: 'select';
  readonly distinct?: boolean;
  /** Alias to expression; the aliases are the result's column names, in this order. */
  readonly columns: Readonly<Record<string, Fragment>>;
  readonly from: Source;
  readonly arrayJoin?: Readonly<Record<string, Fragment>>;
  /** Joined with AND. */
  readonly where?: readonly Fragment[];
  readonly groupBy?: readonly Fragment[];
  readonly having?: readonly Fragment[];
  /** `timestamp DESC` and the like. */
  readonly orderBy?: readonly Fragment[];
  readonly limitBy?: { readonly rows: number; readonly by: readonly Fragment[] };
  readonly limit?: number;
  readonly offset?: number;
}

export function select(parts: Omit<Select, 'kind'>): Select {
  return { kind: 'select', ...parts };
}

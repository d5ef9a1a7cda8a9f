/**
 * What keeps a plan to its tenant, each by itself. Production knows `ALL` only: nothing that can be configured reaches these.
 * Tests take them away one at a time and show on a real engine that each alone holds (`protections.test.ts`).
 */
export interface Protections {
  /** Every node that reads a table has the tenant's predicate. */
  readonly predicate: boolean;
  /** The predicate names its column with database and table: ClickHouse resolves an alias before a column of that name. */
  readonly qualified: boolean;
  /** An alias may not be what a column of a table in the plan is called, nor begin as a qualified name does. */
  readonly aliases: boolean;
  /** The same for what an ARRAY JOIN makes. */
  readonly arrayJoins: boolean;
  /** Fragments make no aliases: no AS, and nothing that stands for a value directly behind another. */
  readonly fragmentAliases: boolean;
  /** Only what `sql`, `bind` and `select` made is taken for a fragment, a parameter or a plan. */
  readonly brands: boolean;
  /** Fragments call listed functions only. */
  readonly functions: boolean;
  /** Fragments have no word of a statement: no SELECT, FROM, SETTINGS … */
  readonly words: boolean;
  /** Every name in a plan is a column of its tables, an alias of its own or the variable of a lambda. */
  readonly names: boolean;
  /** Fragments close what they open, and nothing else; no comment, no end of statement, no placeholder. */
  readonly tokens: boolean;
  /** What stands after IN is a list, a parameter or a plan; a bare name would be read as a table. */
  readonly sets: boolean;
  /** Each row says whose it is and is compared with who asked. */
  readonly rows: boolean;
  /** A second filter at the tables themselves, where no name of the statement reaches (`additional_table_filters`). */
  readonly tableFilters: boolean;
}

export type Protection = keyof Protections;

export const ALL: Protections = Object.freeze({
  predicate: true,
  qualified: true,
  aliases: true,
  arrayJoins: true,
  fragmentAliases: true,
  brands: true,
  functions: true,
  words: true,
  names: true,
  tokens: true,
  sets: true,
  rows: true,
  tableFilters: true,
});

import type { TenantId } from '@hanok/contract';
import { isTenantId } from '@hanok/contract';
import { must } from '#base';
import { COLUMNS } from './names.ts';
import { ALL, type Protections } from './protections.ts';
import { isSelect, type Select } from './select.ts';
import { checkSize } from './size.ts';
import { Fragment, type FragmentValue, OWN_TENANT, Param } from './sql.ts';

export interface Compiled {
  readonly text: string;
  /** For `param_<name>` of the ClickHouse HTTP interface. */
  readonly params: Readonly<Record<string, string>>;
  /**
   * What the last column of every row, which the plan did not ask for, says of whose it is: the tenant itself, or, of
   * rows that stand for many, 0 when all of those were the tenant's.
   */
  readonly owner: 'tenant' | 'foreign';
  /** The tables it reads, for the filters set beside the statement. */
  readonly tables: readonly string[];
}

/**
 * The column that says whose a row is, by the depth of its node: one that is made of another may not be called the same.
 * No plan can name it: aliases do not begin with an underscore.
 */
const ownerAt = (depth: number): string => `\`_owner${depth}\``;

/**
 * Renders a plan for one tenant. Every node that reads a table has the tenant's predicate first in its WHERE, on
 * `database`.`table`.`tenant`. Throws (our bug) without a tenant, and for whatever could make a name mean something else;
 * throws `store.too-large` for what takes the engine too long to plan.
 */
export function compile(plan: Select, tenant: TenantId, database: string): Compiled {
  return compileUnder(ALL, plan, tenant, database);
}

/** Production has `compile`, with all protections. */
export function compileUnder(protections: Protections, plan: Select, tenant: TenantId, database: string): Compiled {
  must(typeof tenant === 'string' && isTenantId(tenant), 'a plan needs a tenant');
  must(/^[a-z_]+$/.test(database), 'a database name');
  const writer = new Writer(protections, tenant, database);
  const { text, owner } = writer.node(plan, 0);
  writer.checkNames();
  checkSize(text, writer.params);
  return { text, params: writer.params, owner, tables: [...writer.tables] };
}

interface Rendered {
  readonly text: string;
  readonly owner: Compiled['owner'];
}

class Writer {
  readonly #protections: Protections;
  readonly #database: string;
  readonly params: Record<string, string>;
  readonly tables = new Set<string>();
  readonly #names = new Set<string>();
  readonly #variables = new Set<string>();
  readonly #aliases = new Set<string>();
  readonly #joinAliases = new Set<string>();
  #count = 0;

  constructor(protections: Protections, tenant: TenantId, database: string) {
    this.#protections = protections;
    this.#database = database;
    this.params = { tenant };
  }

  /** `depth`: how many nodes read from it. Undefined: a subquery that is one value or a set, whose rows go nowhere. */
  node(select: Select, depth: number | undefined): Rendered {
    const { rows, brands } = this.#protections;
    if (brands) must(isSelect(select), 'a plan is made by select');
    const source = this.#source(select, depth);
    const aggregated =
      select.groupBy !== undefined ||
      select.groupingSets !== undefined ||
      Object.values(select.columns).some((column) => column.aggregates);
    const columns = this.#aliased(select.columns, this.#aliases);
    const owner = aggregated ? 'foreign' : source.owner;
    if (depth !== undefined && rows) columns.push(`${ownerOf(source, aggregated)} AS ${ownerAt(depth)}`);

    const clauses = [`SELECT${select.distinct ? ' DISTINCT' : ''} ${columns.join(', ')}`, `FROM ${source.text}`];
    if (select.arrayJoin) clauses.push(`ARRAY JOIN ${this.#aliased(select.arrayJoin, this.#joinAliases).join(', ')}`);
    const where = (select.where ?? []).map((part) => `(${this.#fragment(part)})`);
    if (source.predicate !== undefined) where.unshift(source.predicate);
    if (where.length > 0) clauses.push(`WHERE ${where.join(' AND ')}`);
    if (select.groupingSets)
      clauses.push(`GROUP BY GROUPING SETS (${select.groupingSets.map((set) => `(${this.#list(set)})`).join(', ')})`);
    else if (select.groupBy && select.groupBy.length > 0) clauses.push(`GROUP BY ${this.#list(select.groupBy)}`);
    if (select.having && select.having.length > 0)
      clauses.push(`HAVING ${select.having.map((part) => `(${this.#fragment(part)})`).join(' AND ')}`);
    if (select.orderBy && select.orderBy.length > 0) clauses.push(`ORDER BY ${this.#list(select.orderBy)}`);
    if (select.limitBy) clauses.push(`LIMIT ${Math.trunc(select.limitBy.rows)} BY ${this.#list(select.limitBy.by)}`);
    if (select.limit !== undefined) clauses.push(`LIMIT ${Math.trunc(select.limit)}`);
    if (select.offset !== undefined) clauses.push(`OFFSET ${Math.trunc(select.offset)}`);
    return { text: clauses.join(' '), owner };
  }

  #source(select: Select, depth: number | undefined): Source {
    if (typeof select.from !== 'string') {
      const below = depth === undefined ? undefined : depth + 1;
      const inner = this.node(select.from, below);
      return { ...inner, text: `(${inner.text})`, ownerColumn: ownerAt(below ?? 0), predicate: undefined };
    }
    must(COLUMNS.has(select.from), `a table called ${select.from}`);
    this.tables.add(select.from);
    const table = `\`${this.#database}\`.\`${select.from}\``;
    const column = this.#protections.qualified ? `${table}.\`tenant\`` : '`tenant`';
    return {
      text: table,
      owner: 'tenant',
      ownerColumn: `${table}.\`tenant\``,
      predicate: this.#protections.predicate ? `${column} = {tenant:String}` : undefined,
    };
  }

  /** Whatever the plan names is known, and no name of its own is a column's. */
  checkNames(): void {
    const columns = new Set([...this.tables].flatMap((table) => [...COLUMNS.get(table)!]));
    const refuse = (alias: string) => {
      must(!columns.has(alias), `the alias ${alias} is a column's name`);
      // `alias`.`x`.`y` may be a part of what the alias stands for, too.
      must(alias !== this.#database, `the alias ${alias} begins a qualified name`);
    };
    if (this.#protections.aliases) for (const alias of [...this.#aliases, ...this.#variables]) refuse(alias);
    if (this.#protections.arrayJoins) for (const alias of this.#joinAliases) refuse(alias);
    if (!this.#protections.names) return;
    for (const name of this.#names)
      must(
        columns.has(name) || this.#aliases.has(name) || this.#joinAliases.has(name) || this.#variables.has(name),
        `${name} is neither a column nor an alias`,
      );
  }

  #aliased(columns: Readonly<Record<string, Fragment>>, aliases: Set<string>): string[] {
    return Object.entries(columns).map(([alias, expression]) => {
      must(/^[A-Za-z][A-Za-z0-9_]*$/.test(alias), `alias ${alias}`);
      aliases.add(alias);
      return `${this.#fragment(expression)} AS \`${alias}\``;
    });
  }

  #list(parts: readonly Fragment[]): string {
    return parts.map((part) => this.#fragment(part)).join(', ');
  }

  #fragment(part: Fragment): string {
    if (Fragment.is(part)) {
      for (const name of part.lexed.names) this.#names.add(name);
      for (const variable of part.lexed.variables) this.#variables.add(variable);
    } else must(!this.#protections.brands, 'a fragment is made by sql');
    let text = part.texts[0]!;
    // Apart, so that what stands side by side cannot become a sign of its own.
    for (let i = 0; i < part.values.length; i++) text += ` ${this.#value(part.values[i]!)} ${part.texts[i + 1]!}`;
    return text;
  }

  #value(value: FragmentValue): string {
    if (isSelect(value)) return `(${this.node(value, undefined).text})`;
    if (Param.is(value) || (!this.#protections.brands && 'param' in value)) return this.#bind(value as Param);
    return this.#fragment(value as Fragment);
  }

  #bind(param: Param): string {
    if (param === OWN_TENANT) return '{tenant:String}';
    const key = `p${this.#count++}`;
    this.params[key] = param.type === 'String' ? escapeText(param.param) : param.param;
    return `{${key}:${param.type}}`;
  }
}

interface Source extends Rendered {
  /** Column that says whose its rows are: the tenant, or 0 when all that a row stands for are the tenant's. */
  readonly ownerColumn: string;
  readonly predicate: string | undefined;
}

/**
 * A row of one row carries the tenant; a row of many says whether any of them was another's. That is a test of a small
 * number and costs next to nothing, where a text kept for every group doubled the cost of grouping by many values.
 */
function ownerOf(source: Source, aggregated: boolean): string {
  if (!aggregated) return source.ownerColumn;
  return source.owner === 'foreign' ? `max(${source.ownerColumn})` : `max(${source.ownerColumn} != {tenant:String})`;
}

/** The interface reads scalar parameters as TabSeparated does. */
function escapeText(text: string): string {
  return text.replace(/[\\\t\n\r\0]/g, (c) => ESCAPES[c]!);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
};

import type { TenantId } from '@hanok/contract';
import { isTenantId } from '@hanok/contract';
import { must } from '#base';
import type { Select } from './select.ts';
import type { Fragment, FragmentValue, Param } from './sql.ts';

export interface Compiled {
  readonly text: string;
  /** For `param_<name>` of the ClickHouse HTTP interface. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Renders a plan for one tenant. Tables are read as `database`.`table` with `tenant = <tenant>` as the first
 * predicate, at every level. Throws (our bug) without a tenant.
 */
export function compile(plan: Select, tenant: TenantId, database: string): Compiled {
  must(typeof tenant === 'string' && isTenantId(tenant), 'a plan needs a tenant');
  const params: Record<string, string> = { tenant };
  let count = 0;

  const bindParam = (param: Param): string => {
    const key = `p${count++}`;
    params[key] = param.type === 'String' ? escapeText(param.param) : param.param;
    return `{${key}:${param.type}}`;
  };
  const value = (part: FragmentValue): string => {
    if ('param' in part) return bindParam(part);
    if ('kind' in part) return `(${node(part)})`;
    return fragment(part);
  };
  const fragment = (part: Fragment): string => {
    let text = part.texts[0]!;
    for (let i = 0; i < part.values.length; i++) text += value(part.values[i]!) + part.texts[i + 1]!;
    return text;
  };
  const list = (parts: readonly Fragment[]): string => parts.map(fragment).join(', ');
  const aliased = (columns: Readonly<Record<string, Fragment>>): string =>
    Object.entries(columns)
      .map(([alias, expression]) => `${fragment(expression)} AS \`${alias}\``)
      .join(', ');

  const node = (select: Select): string => {
    const table = typeof select.from === 'string';
    must(!table || /^[a-z_0-9]+$/.test(select.from as string), 'a table name');
    for (const alias of Object.keys(select.columns)) must(/^[A-Za-z_][A-Za-z0-9_]*$/.test(alias), `alias ${alias}`);
    const clauses = [
      `SELECT${select.distinct ? ' DISTINCT' : ''} ${aliased(select.columns)}`,
      `FROM ${table ? `\`${database}\`.\`${select.from as string}\`` : `(${node(select.from as Select)})`}`,
    ];
    if (select.arrayJoin) clauses.push(`ARRAY JOIN ${aliased(select.arrayJoin)}`);
    const where = (select.where ?? []).map((part) => `(${fragment(part)})`);
    if (table) where.unshift('`tenant` = {tenant:String}');
    if (where.length > 0) clauses.push(`WHERE ${where.join(' AND ')}`);
    if (select.groupBy && select.groupBy.length > 0) clauses.push(`GROUP BY ${list(select.groupBy)}`);
    if (select.having && select.having.length > 0)
      clauses.push(`HAVING ${select.having.map((part) => `(${fragment(part)})`).join(' AND ')}`);
    if (select.orderBy && select.orderBy.length > 0) clauses.push(`ORDER BY ${list(select.orderBy)}`);
    if (select.limitBy) clauses.push(`LIMIT ${Math.trunc(select.limitBy.rows)} BY ${list(select.limitBy.by)}`);
    if (select.limit !== undefined) clauses.push(`LIMIT ${Math.trunc(select.limit)}`);
    if (select.offset !== undefined) clauses.push(`OFFSET ${Math.trunc(select.offset)}`);
    return clauses.join(' ');
  };

  return { text: node(plan), params };
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

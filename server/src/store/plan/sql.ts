import { must, type TableName } from '#base';
import type { RollupName } from '../schema/rollups.ts';
import type { Select } from './select.ts';

/**
 * SQL as a tree. Texts are written by us as template literals; everything that came from outside enters as a bound
 * parameter; a table can be named only through a `Select` node. So a fragment can neither carry user text nor reach
 * a table behind the compiler's back.
 */
export interface Fragment {
  readonly texts: readonly string[];
  readonly values: readonly FragmentValue[];
}

export interface Param {
  readonly param: string;
  readonly type: ParamType;
}

export type ParamType =
  | 'String'
  | 'Bool'
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'Int64'
  | 'Float64'
  | 'Array(String)'
  | 'Array(UInt64)'
  | 'Array(Float64)';

export type FragmentValue = Fragment | Param | Select;
export type Source = TableName | RollupName | Select;

/** Words that would let a fragment name a table or change the statement; the compiler's alone. */
const RESERVED = /\b(?:from|join|select|union|into|settings|insert|format|infile|outfile)\b|;|--|\/\*/i;

export function sql(texts: TemplateStringsArray, ...values: readonly FragmentValue[]): Fragment {
  for (const text of texts.raw) must(!RESERVED.test(text), `a fragment may not say ${RESERVED.exec(text)?.[0]}`);
  return { texts: texts.raw, values };
}

/** Joins fragments with ` AND `, ` OR ` or `, `. An empty list is an error: the caller decides what nothing means. */
export function joined(parts: readonly Fragment[], separator: ' AND ' | ' OR ' | ', '): Fragment {
  must(parts.length > 0, 'joined needs at least one part');
  const texts = ['', ...Array.from({ length: parts.length - 1 }, () => separator), ''];
  return { texts, values: parts };
}

/** An identifier from our own code (a column or an alias), quoted. Never for outside text. */
export function name(identifier: string): Fragment {
  must(/^[A-Za-z_][A-Za-z0-9_.]*$/.test(identifier), `identifier ${identifier}`);
  return { texts: [`\`${identifier}\``], values: [] };
}

export const bind = {
  string: (value: string): Param => ({ param: value, type: 'String' }),
  bool: (value: boolean): Param => ({ param: value ? 'true' : 'false', type: 'Bool' }),
  uint: (value: number | bigint): Param => ({ param: String(value), type: 'UInt64' }),
  int: (value: number | bigint): Param => ({ param: String(value), type: 'Int64' }),
  float: (value: number): Param => ({
    param: Number.isNaN(value) ? 'nan' : String(value).replace('Infinity', 'inf'),
    type: 'Float64',
  }),
  strings: (values: readonly string[]): Param => ({
    param: `[${values.map(quoteInArray).join(',')}]`,
    type: 'Array(String)',
  }),
  uints: (values: readonly (number | bigint)[]): Param => ({ param: `[${values.join(',')}]`, type: 'Array(UInt64)' }),
} as const;

/** Array parameters are themselves literals inside the parameter's text. */
function quoteInArray(text: string): string {
  return `'${text
    .replace(/[\\']/g, (c) => `\\${c}`)
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t')
    .replace(/\r/g, '\\r')
    .replace(/\0/g, '\\0')}'`;
}

import { must, type TableName, wordsExpression } from '#base';
import type { RollupName } from '../schema/rollups.ts';
import { checkSeam, type Edge, type Lexed, lex } from './lex.ts';
import { ALL, type Protections } from './protections.ts';
import { isSelect, type Select } from './select.ts';

/**
 * SQL as a tree. Texts are written by us as template literals; everything that came from outside enters as a bound
 * parameter; a table can be named only through a `Select` node. A text is read once, when it is first used: it makes no
 * alias, calls listed functions only and says no word of a statement (lex.ts). What passes for a fragment or a parameter
 * was made here: no string, and no object of that shape, can.
 */
export class Fragment {
  readonly #lexed: Lexed;
  readonly texts: readonly string[];
  readonly values: readonly FragmentValue[];
  /** An aggregate is called here or in a part of it, subqueries apart: many rows become one. */
  readonly aggregates: boolean;

  constructor(texts: readonly string[], values: readonly FragmentValue[], lexed: Lexed, aggregates: boolean) {
    this.texts = texts;
    this.values = values;
    this.#lexed = lexed;
    this.aggregates = aggregates;
  }

  static is(value: unknown): value is Fragment {
    return typeof value === 'object' && value !== null && #lexed in value;
  }

  get lexed(): Lexed {
    return this.#lexed;
  }
}

export class Param {
  readonly #made = true;
  readonly param: string;
  readonly type: ParamType;

  constructor(param: string, type: ParamType) {
    this.param = param;
    this.type = type;
  }

  static is(value: unknown): value is Param {
    return typeof value === 'object' && value !== null && #made in value && value.#made;
  }
}

/** Stands for the tenant that the plan is compiled for. */
export const OWN_TENANT = new Param('', 'String');

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

const first = (value: FragmentValue): Edge => {
  if (!Fragment.is(value)) return Param.is(value) ? 'value' : 'open';
  return value.lexed.first ?? first(value.values[0]!);
};
const last = (value: FragmentValue): Edge => {
  if (!Fragment.is(value)) return 'value';
  return value.lexed.last ?? last(value.values.at(-1)!);
};
const startsWithOver = (value: FragmentValue): boolean =>
  Fragment.is(value) &&
  (value.lexed.startsWithOver || (value.lexed.first === undefined && startsWithOver(value.values[0]!)));

function fragmentOf(
  texts: readonly string[],
  values: readonly FragmentValue[],
  lexed: Lexed,
  protections: Protections,
): Fragment {
  let { aggregates } = lexed;
  for (const [i, value] of values.entries()) {
    if (protections.brands)
      must(
        Fragment.is(value) || Param.is(value) || isSelect(value),
        'a fragment holds fragments, parameters and plans',
      );
    const hole = lexed.holes[i]!;
    checkSeam(hole.before, first(value), protections);
    // A call's parenthesis stands behind its name in one text.
    checkSeam(last(value), hole.after, protections);
    // Side by side only where the second joins, such as DESC.
    const next = values[i + 1];
    if (next !== undefined && texts[i + 1]!.trim() === '') checkSeam(last(value), first(next), protections);
    if (hole.inSet && protections.sets) must(!Fragment.is(value), 'IN wants a list, a parameter or a plan');
    if (hole.afterAggregate) aggregates ||= !startsWithOver(value);
    aggregates ||= Fragment.is(value) && value.aggregates;
  }
  return new Fragment(texts, values, lexed, aggregates);
}

export type SqlTag = (texts: TemplateStringsArray, ...values: readonly FragmentValue[]) => Fragment;

/** The tag under some protections. Production has `sql`, with all of them. */
export function sqlTag(protections: Protections): SqlTag {
  // A template's texts are one object for as long as the program runs.
  const known = new WeakMap<TemplateStringsArray, Lexed>();
  return (texts, ...values) => {
    let lexed = known.get(texts);
    if (!lexed) {
      must(Array.isArray(texts) && Object.isFrozen(texts) && Object.isFrozen(texts.raw), 'sql is a tag of templates');
      lexed = lex(texts.raw, protections);
      known.set(texts, lexed);
    }
    return fragmentOf(texts.raw, values, lexed, protections);
  };
}

export const sql: SqlTag = sqlTag(ALL);

const JOINED: Readonly<Record<string, Edge>> = { ' AND ': 'joint', ' OR ': 'joint', ', ': 'joint' };

/** Joins fragments with ` AND `, ` OR ` or `, `. An empty list is an error: the caller decides what nothing means. */
export function joined(parts: readonly Fragment[], separator: ' AND ' | ' OR ' | ', '): Fragment {
  must(parts.length > 0, 'joined needs at least one part');
  must(separator in JOINED, 'a separator');
  must(parts.every(Fragment.is), 'joined joins fragments');
  const texts = ['', ...Array.from({ length: parts.length - 1 }, () => separator), ''];
  return new Fragment(
    texts,
    parts,
    NOTHING,
    parts.some((part) => part.aggregates),
  );
}

/** Says nothing of its own; its holes are first and last. */
const NOTHING: Lexed = {
  names: [],
  variables: [],
  aggregates: false,
  holes: [],
  first: undefined,
  last: undefined,
  startsWithOver: false,
};

const NAMES = new Map<string, Fragment>();
/** More are not known for long: names are our own, and few. */
const MOST_NAMES = 4_096;

/** An identifier from our own code (a column or an alias), quoted. Never for outside text. */
export function name(identifier: string): Fragment {
  let known = NAMES.get(identifier);
  if (!known) {
    must(/^[A-Za-z_][A-Za-z0-9_]*$/.test(identifier), `identifier ${identifier}`);
    const lexed: Lexed = { ...NOTHING, names: [identifier], first: 'value', last: 'value' };
    known = new Fragment([`\`${identifier}\``], [], lexed, false);
    if (NAMES.size < MOST_NAMES) NAMES.set(identifier, known);
  }
  return known;
}

const HOLE = '\u0001';
const WORDS = wordsExpression(HOLE).split(HOLE);
const WORDS_LEXED = lex(WORDS, ALL);

/** The text as the text index of `logs.body` cuts it into words; on `body` the index answers. */
export function wordsOf(text: Fragment): Fragment {
  const values = Array.from({ length: WORDS.length - 1 }, () => text);
  return fragmentOf(WORDS, values, WORDS_LEXED, ALL);
}

export const bind = {
  tenant: OWN_TENANT,
  string: (value: string): Param => new Param(value, 'String'),
  bool: (value: boolean): Param => new Param(value ? 'true' : 'false', 'Bool'),
  uint: (value: number | bigint): Param => new Param(String(value), 'UInt64'),
  int: (value: number | bigint): Param => new Param(String(value), 'Int64'),
  float: (value: number): Param =>
    new Param(Number.isNaN(value) ? 'nan' : String(value).replace('Infinity', 'inf'), 'Float64'),
  strings: (values: readonly string[]): Param => new Param(`[${values.map(quoteInArray).join(',')}]`, 'Array(String)'),
  uints: (values: readonly (number | bigint)[]): Param => new Param(`[${values.join(',')}]`, 'Array(UInt64)'),
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

import type { Signal } from '../ids.ts';
import { TOP_FIELDS, topField } from './fields.ts';
import { lex, type Token, type TokenKind } from './lexer.ts';

/** What can be written at the cursor. The text from `from` to `to` is what a chosen item replaces. */
export interface Completion {
  /** `field`: a field name, or a word of free text. `value`: a value of `field`. */
  readonly kind: 'field' | 'value' | 'none';
  readonly field?: string;
  /** What is there already, up to the cursor. */
  readonly prefix: string;
  readonly from: number;
  readonly to: number;
  /** Known without asking the server: fields with a column of their own, levels, kinds, flags, AND OR NOT. */
  readonly items: readonly string[];
  /** Operators that make sense behind the field before the cursor. */
  readonly operators: readonly string[];
}

const KEYWORDS = ['AND', 'OR', 'NOT'];
const ORDERED = [':', '=', '!=', '>', '>=', '<', '<='];
const UNORDERED = [':', '=', '!='];

export function complete(text: string, offset: number, signal: Signal): Completion {
  const tokens = lex(text);
  const index = tokens.findIndex((token) => token.at < offset && offset <= token.at + token.length);
  const token = index < 0 ? undefined : tokens[index];
  const before = index < 0 ? tokens.filter((one) => one.at + one.length <= offset).at(-1) : tokens[index - 1];
  const empty = { prefix: '', from: offset, to: offset, items: [], operators: [] };

  // Directly behind `field:` there is nothing yet but the missing value.
  const opened = fieldBehind(tokens, text, offset);
  if (opened !== undefined) {
    const part = token?.value && token.kind !== 'open' ? token : undefined;
    const quote = part?.kind === 'phrase' || (token?.kind === 'error' && text[token.at] === '"') ? 1 : 0;
    const from = part?.at ?? (quote && token ? token.at : offset);
    const prefix = text.slice(from + quote, offset);
    return {
      kind: 'value',
      field: opened,
      prefix,
      from,
      to: part ? part.at + part.length : offset,
      items: staticValues(signal, opened).filter((value) => value.startsWith(prefix.toLowerCase())),
      operators: [],
    };
  }
  if (token && (token.kind === 'phrase' || token.kind === 'regex' || token.kind === 'error'))
    return { kind: 'none', ...empty };
  if (!token || token.kind === 'open' || token.kind === 'close' || token.kind === 'minus') {
    const keywords = before || token ? KEYWORDS : ['NOT'];
    return { kind: 'field', ...empty, items: [...fieldNames(signal, ''), ...keywords] };
  }
  const prefix = text.slice(token.at, offset);
  return {
    kind: 'field',
    prefix,
    from: token.at,
    to: token.at + token.length,
    items: [...fieldNames(signal, prefix), ...KEYWORDS.filter((word) => word.startsWith(prefix))],
    operators: operatorsOf(signal, token.text),
  };
}

/** The field whose value the cursor is in, if any. */
function fieldBehind(tokens: readonly Token[], text: string, offset: number): string | undefined {
  const open: (string | undefined)[] = [];
  let field: string | undefined;
  let operatorEnd = -1;
  for (const token of tokens) {
    if (token.at >= offset) break;
    const end = token.at + token.length;
    if (token.kind === 'field' && end <= offset) field = end < offset ? token.text : undefined;
    else if (token.kind === 'operator') operatorEnd = end;
    else if (token.kind === 'open') open.push(token.value ? field : open.at(-1));
    else if (token.kind === 'close') open.pop();
    else if (token.value && end >= offset) return field ?? open.at(-1);
    else if (token.kind === 'error' && end >= offset && text[token.at] === '"')
      return operatorEnd === token.at ? field : open.at(-1);
    if (token.kind === 'close' || (token.value && token.kind !== 'open' && end < offset)) field = open.at(-1);
  }
  if (operatorEnd === offset) return field;
  const inside = open.at(-1);
  return inside !== undefined && /[\s(]$/.test(text.slice(0, offset)) ? inside : undefined;
}

function fieldNames(signal: Signal, prefix: string): string[] {
  return TOP_FIELDS.filter((field) => field.signals.includes(signal) && field.name.startsWith(prefix)).map(
    (field) => field.name,
  );
}

function staticValues(signal: Signal, name: string): readonly string[] {
  const field = topField(signal, name);
  if (field?.type === 'flag') return ['true', 'false'];
  return field?.values ?? [];
}

function operatorsOf(signal: Signal, name: string): readonly string[] {
  const field = topField(signal, name);
  return !field || ['string', 'number', 'duration', 'time', 'level'].includes(field.type) ? ORDERED : UNORDERED;
}

export type HighlightKind =
  | 'field'
  | 'operator'
  | 'value'
  | 'word'
  | 'phrase'
  | 'regex'
  | 'keyword'
  | 'bracket'
  | 'error';
export interface Highlight {
  readonly kind: HighlightKind;
  readonly at: number;
  readonly length: number;
  readonly message?: string;
}

const COLOURS: Readonly<Record<TokenKind, HighlightKind>> = {
  word: 'word',
  phrase: 'phrase',
  regex: 'regex',
  field: 'field',
  operator: 'operator',
  and: 'keyword',
  or: 'keyword',
  not: 'keyword',
  minus: 'keyword',
  open: 'bracket',
  close: 'bracket',
  rangeOpen: 'bracket',
  rangeTo: 'keyword',
  rangeClose: 'bracket',
  error: 'error',
};

/** The parts of a query for colouring, in order. Works on texts that are still being written. */
export function tokens(text: string): Highlight[] {
  return lex(text).map((token) => ({
    kind: token.value && (token.kind === 'word' || token.kind === 'phrase') ? 'value' : COLOURS[token.kind],
    at: token.at,
    length: token.length,
    ...(token.message !== undefined && { message: token.message }),
  }));
}

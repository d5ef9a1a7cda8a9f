import type { Signal } from '../ids.ts';
import { parseInstant } from '../time.ts';
import type { Comparison, FieldTerm, Match, Node, Span, TextTerm } from './ast.ts';
import { QueryError } from './error.ts';
import { type Target, type TopField, targetOf } from './fields.ts';
import { parseDuration, parseNumber, parseSize } from './quantity.ts';
import { measureRegex } from './regex.ts';
import { lowerAscii, wildcardRegex } from './words.ts';

/** A bound of a comparison; absent is open. */
export interface Bound<T> {
  readonly value: T;
  readonly inclusive: boolean;
}

/**
 * A test as both the SQL compiler and the evaluator carry it out. Every test is false on a record that does not have
 * the field; `not` turns that into true.
 */
export type Test =
  /** Equal to one of these texts. */
  | { readonly kind: 'one-of'; readonly values: readonly string[] }
  /** Contains these words or this phrase; lower case. */
  | { readonly kind: 'words'; readonly needle: string }
  /** A regular expression matches somewhere; with `lowered` in the text's lower case. */
  | { readonly kind: 'regex'; readonly source: string; readonly caseless: boolean; readonly lowered: boolean }
  /** The whole text is these pieces with anything between them. */
  | { readonly kind: 'pieces'; readonly pieces: readonly string[] }
  | { readonly kind: 'exists' }
  /** The text reads as a number within the bounds. */
  | { readonly kind: 'number'; readonly low?: Bound<number>; readonly high?: Bound<number> }
  /** A 64-bit integer column within the bounds, both inclusive. */
  | { readonly kind: 'integer'; readonly low?: bigint; readonly high?: bigint }
  | { readonly kind: 'flag'; readonly value: boolean }
  /** An id, lower-case hex digits. */
  | { readonly kind: 'id'; readonly hex: string };

/** A query understood for one signal. */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly children: readonly Filter[] }
  | { readonly kind: 'not'; readonly child: Filter }
  /** On the signal's main text: a log's body; a span's name, status message and attribute values. */
  | { readonly kind: 'text'; readonly test: Test }
  | { readonly kind: 'field'; readonly target: Target; readonly test: Test };

/** Finds fields and types their values. Throws `QueryError` where a value cannot be one of its field. */
export function resolve(node: Node, signal: Signal): Filter {
  switch (node.kind) {
    case 'all':
      return { kind: 'all' };
    case 'and':
    case 'or':
      return { kind: node.kind, children: node.children.map((child) => resolve(child, signal)) };
    case 'not':
      return { kind: 'not', child: resolve(node.child, signal) };
    case 'text':
      return { kind: 'text', test: textTest(node.match, node.span) };
    case 'field': {
      const target = targetOf(signal, node.name);
      return { kind: 'field', target, test: fieldTest(node, target) };
    }
  }
}

function textTest(match: TextTerm['match'], span: Span): Test {
  switch (match.kind) {
    case 'is':
      if (match.value.trim() === '')
        throw new QueryError('text-empty', 'there is no text to search for', span, 'Write a word, or remove it.');
      return { kind: 'words', needle: lowerAscii(match.value) };
    case 'wildcard':
      return wildcardTest(match.pieces, span);
    case 'regex':
      return { kind: 'regex', source: match.source, caseless: match.caseless, lowered: false };
  }
}

function wildcardTest(pieces: readonly string[], span: Span): Test {
  const source = wildcardRegex(pieces);
  try {
    measureRegex(source, false);
  } catch {
    throw new QueryError('wildcard-text', 'the text is too long for a wildcard', span, 'Shorten it.');
  }
  return { kind: 'regex', source, caseless: false, lowered: true };
}

function fieldTest(term: FieldTerm, target: Target): Test {
  const { match } = term;
  if (target.source !== 'field') return attributeTest(term);
  const { field } = target;
  if (match.kind === 'exists') return { kind: 'exists' };
  switch (field.type) {
    case 'text':
      if (match.kind === 'compare' || match.kind === 'range') throw notOrdered(term, field);
      return match.kind === 'is' && match.value === ''
        ? { kind: 'one-of', values: [''] }
        : textTest(match, term.valueSpan);
    case 'string':
      return attributeTest(term);
    case 'level':
    case 'choice':
      return choiceTest(term, field);
    case 'number':
      return integerTest(term, field, parseNumber, 'not-a-number', 'a number, such as 17');
    case 'duration':
      return integerTest(term, field, parseDuration, 'not-a-duration', 'a duration, such as 500ms, 1.5s or 1m30s');
    case 'time':
      return integerTest(term, field, parseTime, 'not-a-time', 'a time, such as 2026-01-31T09:00:00+09:00');
    case 'flag':
      if (match.kind === 'is' && /^(?:true|false)$/i.test(match.value))
        return { kind: 'flag', value: match.value.toLowerCase() === 'true' };
      throw new QueryError(
        'flag-value',
        `${field.name} is true or false`,
        term.valueSpan,
        `Write ${field.name}:true.`,
        { field: field.name },
      );
    case 'id':
      return idTest(term, field);
  }
}

/** Attributes hold any kind of value; each test reads the value's text in its own way. */
function attributeTest(term: FieldTerm): Test {
  const { match } = term;
  switch (match.kind) {
    case 'exists':
      return { kind: 'exists' };
    case 'is':
      return { kind: 'one-of', values: sameTexts(match.value) };
    case 'wildcard':
      return { kind: 'pieces', pieces: match.pieces };
    case 'regex':
      return { kind: 'regex', source: match.source, caseless: match.caseless, lowered: false };
    case 'compare':
    case 'range': {
      const { low, high } = bounds(match, (text) => {
        const value = parseNumber(text) ?? parseSize(text);
        if (value !== undefined) return value;
        if (parseDuration(text) !== undefined)
          throw new QueryError(
            'unit-of-time',
            `${text} has a unit of time, and the unit of ${term.name} is not known`,
            term.valueSpan,
            'Write a plain number in the unit the attribute is sent in; the field duration knows units.',
            { value: text, field: term.name },
          );
        throw new QueryError(
          'not-a-number',
          `${text} is not a number`,
          term.valueSpan,
          'Compare with a number; for texts use : with a wildcard.',
          { value: text },
        );
      });
      return { kind: 'number', ...(low && { low }), ...(high && { high }) };
    }
  }
}

/** A number is kept in its shortest form, so `1.0` and `1KiB` also mean `1` and `1024`. */
function sameTexts(text: string): string[] {
  const number = parseNumber(text) ?? parseSize(text);
  const shortest = number === undefined ? text : String(number);
  return shortest === text ? [text] : [text, shortest];
}

function choiceTest(term: FieldTerm, field: TopField): Test {
  const { match } = term;
  const values = field.values!;
  const known = (text: string): string => {
    const lower = text.toLowerCase();
    const value = values.includes(lower) ? lower : field.spellings?.[lower];
    if (value === undefined)
      throw new QueryError(
        'unknown-value',
        `${field.name} has no value ${text}`,
        term.valueSpan,
        `Use one of ${values.join(', ')}.`,
        { field: field.name, value: text, values: values.join(', ') },
      );
    return value;
  };
  switch (match.kind) {
    case 'is':
      return { kind: 'one-of', values: [known(match.value)] };
    case 'wildcard': {
      const pieces = match.pieces.map((piece) => piece.toLowerCase());
      return { kind: 'one-of', values: values.filter((value) => matchesPieces(value, pieces)) };
    }
    case 'regex':
      return { kind: 'regex', source: match.source, caseless: true, lowered: false };
    case 'compare':
    case 'range': {
      if (field.type !== 'level') throw notOrdered(term, field);
      const { low, high } = bounds(match, (text) => values.indexOf(known(text)));
      return {
        kind: 'one-of',
        // An unspecified level is no level, so it is not below any.
        values: values.filter((_, rank) => rank > 0 && within(rank, low, high)),
      };
    }
    case 'exists':
      return { kind: 'exists' };
  }
}

function within(rank: number, low: Bound<number> | undefined, high: Bound<number> | undefined): boolean {
  return (
    (!low || (low.inclusive ? rank >= low.value : rank > low.value)) &&
    (!high || (high.inclusive ? rank <= high.value : rank < high.value))
  );
}

const INT64_MAX = 9_223_372_036_854_775_807n;
const clamp = (value: bigint): bigint => (value > INT64_MAX ? INT64_MAX : value < -INT64_MAX ? -INT64_MAX : value);

function parseTime(text: string): bigint | undefined {
  return text.startsWith('now') ? undefined : parseInstant(text, 0n);
}

function integerTest(
  term: FieldTerm,
  field: TopField,
  read: (text: string) => number | bigint | undefined,
  reason: 'not-a-number' | 'not-a-duration' | 'not-a-time',
  expected: string,
): Test {
  const { match } = term;
  const value = (text: string): number | bigint => {
    const result = read(text);
    if (result === undefined)
      throw new QueryError(
        reason,
        `${text === '' ? 'the empty text' : text} is not ${expected.split(',')[0]}`,
        term.valueSpan,
        `${field.name} takes ${expected}.`,
        { value: text, field: field.name },
      );
    return result;
  };
  const floor = (x: number | bigint): bigint => (typeof x === 'bigint' ? x : BigInt(Math.floor(x)));
  const ceil = (x: number | bigint): bigint => (typeof x === 'bigint' ? x : BigInt(Math.ceil(x)));
  switch (match.kind) {
    case 'is': {
      const wanted = value(match.value);
      // A fraction of a whole number is met by nothing: the bounds cross.
      return { kind: 'integer', low: clamp(ceil(wanted)), high: clamp(floor(wanted)) };
    }
    case 'compare':
    case 'range': {
      const { low, high } = bounds(match, value);
      return {
        kind: 'integer',
        ...(low && { low: clamp(low.inclusive ? ceil(low.value) : floor(low.value) + 1n) }),
        ...(high && { high: clamp(high.inclusive ? floor(high.value) : ceil(high.value) - 1n) }),
      };
    }
    default:
      throw new QueryError(
        'not-text',
        `${field.name} is not text`,
        term.valueSpan,
        `${field.name} takes ${expected}, or a comparison or range of such.`,
        { field: field.name },
      );
  }
}

function idTest(term: FieldTerm, field: TopField): Test {
  const { match } = term;
  if (match.kind === 'is') {
    const hex = match.value.toLowerCase();
    if (hex.length === field.digits && /^[0-9a-f]+$/.test(hex)) return { kind: 'id', hex };
    throw new QueryError(
      'id-digits',
      `${field.name} has ${field.digits} hex digits`,
      term.valueSpan,
      'Write all of them, or a star behind the first ones.',
      { field: field.name, digits: field.digits! },
    );
  }
  if (match.kind === 'wildcard') return { kind: 'pieces', pieces: match.pieces.map((piece) => piece.toLowerCase()) };
  throw notOrdered(term, field);
}

function notOrdered(term: FieldTerm, field: TopField): QueryError {
  return new QueryError(
    'not-that-way',
    `${field.name} cannot be asked that way`,
    term.valueSpan,
    field.type === 'choice'
      ? `Use one of ${field.values!.join(', ')}.`
      : `Write ${field.name}:value, with * for a part of it.`,
    { field: field.name, values: field.values?.join(', ') ?? '' },
  );
}

function bounds<T>(
  match: Extract<Match, { readonly kind: 'compare' | 'range' }>,
  read: (text: string) => T,
): { readonly low?: Bound<T>; readonly high?: Bound<T> } {
  if (match.kind === 'range')
    return {
      ...(match.low !== null && { low: { value: read(match.low), inclusive: match.lowInclusive } }),
      ...(match.high !== null && { high: { value: read(match.high), inclusive: match.highInclusive } }),
    };
  const bound = { value: read(match.value), inclusive: isInclusive(match.operator) };
  return match.operator.startsWith('>') ? { low: bound } : { high: bound };
}

const isInclusive = (operator: Comparison): boolean => operator.endsWith('=');

/** Is the text made of these pieces, in order, with anything between them? */
export function matchesPieces(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0]!;
  const last = pieces[pieces.length - 1]!;
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return text.endsWith(last);
}

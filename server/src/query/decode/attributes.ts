import type { AnyValue, Attributes } from '@hanok/contract';
import { exactDouble, parseExactly } from './exact-numbers.ts';

/** Pairs as the store keeps them; see base/layout/tables.ts for the letters of `types`. */
export interface Pairs {
  readonly keys: readonly string[];
  readonly values: readonly string[];
  /** One letter per pair; empty when all are strings. */
  readonly types: string;
}

export const NO_PAIRS: Pairs = { keys: [], values: [], types: '' };

/** The first value of a key, as text. */
export function pairText(pairs: Pairs, key: string): string | undefined {
  const index = pairs.keys.indexOf(key);
  return index < 0 ? undefined : pairs.values[index];
}

/** Attributes as they were sent; of a key sent twice the first (see `repeatedAttributes`). */
export function decodeAttributes(pairs: Pairs): Attributes {
  const seen = new Map<string, AnyValue>();
  pairs.keys.forEach((key, i) => {
    if (!seen.has(key)) seen.set(key, decodeValue(pairs.values[i] ?? '', pairs.types[i] ?? 's'));
  });
  // fromEntries defines own properties, so a key such as __proto__ is one like any other.
  return Object.fromEntries(seen);
}

type Repeated = { readonly repeatedAttributes?: [string, AnyValue][] };

/** Values of keys that were there before, as a member of an API shape; nothing when no key was sent twice. */
export function repeatedAttributes(pairs: Pairs): Repeated {
  return repeatedOf(pairs.keys, (i) => decodeValue(pairs.values[i] ?? '', pairs.types[i] ?? 's'));
}

/** The same of `[[key, AnyValue], …]`. */
export function repeatedInJson(json: string): Repeated {
  const pairs = pairsIn(json, parseExactly);
  return repeatedOf(
    pairs.map(([key]) => key),
    (i) => pairs[i]![1],
  );
}

function repeatedOf(keys: readonly string[], valueAt: (index: number) => AnyValue): Repeated {
  const seen = new Set<string>();
  const repeated: [string, AnyValue][] = [];
  keys.forEach((key, i) => {
    if (seen.has(key)) repeated.push([key, valueAt(i)]);
    else seen.add(key);
  });
  return repeated.length === 0 ? {} : { repeatedAttributes: repeated };
}

/** For an answer: one value from its text and letter. A text that does not fit its letter is given as it is. */
export function decodeValue(text: string, letter: string): AnyValue {
  switch (letter) {
    case 'b':
      return text === 'true';
    case 'i': {
      const value = Number(text);
      return Number.isSafeInteger(value) && String(value) === text ? value : { int: text };
    }
    case 'd': {
      return Number.isFinite(Number(text)) && text !== '' ? exactDouble(text) : { double: text };
    }
    case 'y':
      return { bytes: text };
    case 'a':
    case 'm':
      try {
        return parseExactly(text) as AnyValue;
      } catch {
        return text;
      }
    case 'n':
      return null;
    default:
      return text;
  }
}

/** For an answer: `[[key, AnyValue], …]` as events and links keep their attributes. */
export function decodePairsJson(json: string): Attributes {
  const result = new Map<string, AnyValue>();
  for (const [key, value] of pairsIn(json, parseExactly)) if (!result.has(key)) result.set(key, value);
  return Object.fromEntries(result);
}

/** The same as JavaScript's values, to look into. */
export function parsePairs(json: string): ReadonlyArray<readonly [string, AnyValue]> {
  return pairsIn(json, JSON.parse);
}

function pairsIn(json: string, parse: (text: string) => unknown): ReadonlyArray<readonly [string, AnyValue]> {
  if (json === '') return [];
  try {
    const pairs = parse(json);
    return Array.isArray(pairs)
      ? pairs.filter((pair): pair is [string, AnyValue] => Array.isArray(pair) && typeof pair[0] === 'string')
      : [];
  } catch {
    return [];
  }
}

const TAGS: ReadonlySet<string> = new Set(['int', 'double', 'bytes']);

/** A value inside JSON as the query language sees it; to the engine `language/value-text.ts` says the same. */
export function textOfValue(value: AnyValue): string {
  if (typeof value === 'string') return value;
  if (value !== null && typeof value === 'object') {
    const [only, ...more] = Object.entries(value);
    if (only && more.length === 0 && TAGS.has(only[0]) && typeof only[1] === 'string') return only[1];
  }
  return JSON.stringify(value);
}

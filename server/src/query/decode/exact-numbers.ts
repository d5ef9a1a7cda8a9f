import type { AnyValue } from '@hanok/contract';

/*
 * A double stays one in an answer: 1.0 is written `1.0`, where JSON.stringify would make the integer 1 of it, and the
 * sign of zero is kept. In JavaScript, which has one kind of number, a reader sees 1 as before.
 */

/** What TypeScript's library does not know yet: numbers that are written as the text says. */
interface WithSource {
  rawJSON(text: string): number;
}
const { rawJSON } = JSON as JSON & WithSource;

/** A finite double from its shortest text. */
export function exactDouble(text: string): AnyValue {
  const value = Number(text);
  if (Object.is(value, -0)) return { double: '-0' };
  return /[.e]/.test(text) ? value : rawJSON(`${text}.0`);
}

/** Whole doubles and minus zero, as the store keeps them inside arrays, maps and lists of attributes. */
const WHOLE = /\d\.0(?!\d)/;

/** JSON of contract `AnyValue`, or of pairs with such values, for an answer. */
export function parseExactly(json: string): unknown {
  if (!WHOLE.test(json)) return JSON.parse(json);
  return JSON.parse(json, (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source?.endsWith('.0') ? exactDouble(context.source.slice(0, -2)) : value,
  );
}

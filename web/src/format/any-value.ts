import type { AnyValue } from '@hanok/contract';

/** How an attribute's value reads in a cell: strings as they are, everything else as compact JSON-like text. */
export function anyValueText(value: AnyValue): string {
  if (value === null) return '';
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
  }
  if ('int' in value) return value.int;
  if ('double' in value) return value.double;
  if ('bytes' in value) return value.bytes;
  return nested(value);
}

function nested(value: AnyValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value !== null && typeof value === 'object') {
    if (Array.isArray(value)) return `[${value.map(nested).join(', ')}]`;
    if ('kv' in value) return `{${value.kv.map(([key, one]) => `${JSON.stringify(key)}: ${nested(one)}`).join(', ')}}`;
  }
  return value === null ? 'null' : anyValueText(value);
}

/** As `anyValueText`, lists and maps laid out one member a line; a key that was sent twice is there twice. */
export function anyValuePretty(value: AnyValue): string {
  return value !== null && typeof value === 'object' ? laidOut(value, '\n') : anyValueText(value);
}

/** @param line Line end and indentation of the value's own first line. */
function laidOut(value: AnyValue, line: string): string {
  if (value === null || typeof value !== 'object') return nested(value);
  const within = `${line}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[${value.map((one) => within + laidOut(one, within)).join(',')}${line}]`;
  }
  if (!('kv' in value)) return anyValueText(value);
  if (value.kv.length === 0) return '{}';
  return `{${value.kv.map(([key, one]) => `${within}${JSON.stringify(key)}: ${laidOut(one, within)}`).join(',')}${line}}`;
}

/** The longest text a cell or a bar is given; one line of 5 MB must not freeze the page. */
export const CELL_LIMIT = 2_048;

export function cut(text: string, limit = CELL_LIMIT): { readonly text: string; readonly cut: number } {
  if (text.length <= limit) return { text, cut: 0 };
  // Not between the halves of a surrogate pair.
  const end = /[\uD800-\uDBFF]/.test(text[limit - 1]!) ? limit - 1 : limit;
  return { text: text.slice(0, end), cut: text.length - end };
}

export type ValueType = 'string' | 'boolean' | 'int' | 'double' | 'number' | 'bytes' | 'list' | 'map' | 'empty';

/** What a value was sent as, as far as the API tells: a whole number may have been an integer or a double. */
export function typeOfValue(value: AnyValue): ValueType {
  if (value === null) return 'empty';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'number':
      return Number.isSafeInteger(value) ? 'number' : 'double';
  }
  if ('int' in value) return 'int';
  if ('double' in value) return 'double';
  if ('bytes' in value) return 'bytes';
  return 'kv' in value ? 'map' : 'list';
}

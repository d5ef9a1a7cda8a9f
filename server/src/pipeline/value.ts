import { ByteSource } from '#base';

/**
 * Letters of value types (see `attribute_types` in base/layout/tables.ts), as character codes. Stored; never changed.
 */
export const LETTER = {
  string: 115,
  boolean: 98,
  integer: 105,
  double: 100,
  bytes: 121,
  array: 97,
  map: 109,
  none: 110,
} as const;

const NOTHING = new ByteSource(new Uint8Array(0));

/**
 * One decoded value, reused for all of them. What is set depends on `letter`: a range of `source` for strings, bytes and
 * for arrays and maps (there it is JSON text of contract `AnyValue`); two halves for integers, `low` for booleans.
 */
export class ValueSlot {
  letter: number = LETTER.none;
  source: ByteSource = NOTHING;
  start = 0;
  end = 0;
  low = 0;
  high = 0;
  double = 0;
  /** Cuts and repairs made while an array or map was written as text. */
  marks = 0;

  clear(): void {
    this.letter = LETTER.none;
    this.marks = 0;
  }
}

/** As in JavaScript, which is the shortest text that reads back as the same double; with the sign of zero. */
export function doubleText(value: number): string {
  return value === 0 && 1 / value < 0 ? '-0' : String(value);
}

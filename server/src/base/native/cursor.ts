import { errorCatalogue, failer } from '../errors.ts';
import { utf8Text } from './utf8.ts';

export const NATIVE_ERRORS = errorCatalogue({
  'native.malformed': {
    kind: 'world',
    status: 500,
    retry: false,
    fix: 'The stored block is damaged; see the dead-letter files.',
  },
});
const fail = failer(NATIVE_ERRORS);

export function malformed(what: string, at?: number): Error {
  const place = at === undefined ? '' : `byte ${at}`;
  return fail('native.malformed', `Native block: ${what}${place && ` at ${place}`}`, place ? { at: place } : {});
}

/** Bytes of a value, of the types whose values all have as many. */
export const WIDTHS: Readonly<Record<string, number>> = {
  UInt8: 1,
  UInt16: 2,
  Date: 2,
  UInt32: 4,
  Int32: 4,
  UInt64: 8,
  Int64: 8,
  'DateTime64(9)': 8,
  Float64: 8,
  'FixedString(8)': 8,
  'FixedString(16)': 16,
};

/** A place in a block. What is read lies within it, or `native.malformed` is thrown. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  constructor(bytes: Uint8Array) {
    // Never a Buffer, whose `slice` would share memory.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  malformed(what: string): Error {
    return malformed(what, this.at);
  }
  /** Steps over `size` bytes and returns where they began. */
  take(size: number): number {
    const start = this.at;
    if (!(size <= this.bytes.length - start)) throw this.malformed('ends too early');
    this.at = start + size;
    return start;
  }
  varuint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.bytes[this.take(1)]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw this.malformed('number too large');
  }
  uint64(): number {
    const start = this.take(8);
    const high = this.view.getUint32(start + 4, true);
    if (high >= 2 ** 21) throw this.malformed('number too large');
    return high * 2 ** 32 + this.view.getUint32(start, true);
  }
  text(): string {
    const length = this.varuint();
    const start = this.take(length);
    return utf8Text(this.bytes, start, start + length);
  }
}

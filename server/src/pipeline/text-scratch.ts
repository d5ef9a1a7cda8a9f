import { ByteSource, highBits, isUtf8, MARK_BITS, repairUtf8, utf8Cut } from '#base';
import { doubleText } from './value.ts';

const FIRST = 4096;
const KEEP_BYTES = 1 << 20;
const HEX = '0123456789abcdef';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Characters that JSON strings must escape, or 0; the letter after the backslash, 117 (`u`) for \u00XX. */
const ESCAPES = new Uint8Array(256);
for (let i = 0; i < 32; i++) ESCAPES[i] = 117;
for (const [char, letter] of ['""', '\\\\', '\nn', '\rr', '\tt', '\bb', '\ff'])
  ESCAPES[char!.charCodeAt(0)] = letter!.charCodeAt(0);

/**
 * Writes text into reused bytes: JSON of nested values, base64. Read it through `source` from 0 to `length` before the
 * next use.
 */
export class TextScratch {
  length = 0;
  marks = 0;
  #source = new ByteSource(new Uint8Array(FIRST));

  get source(): ByteSource {
    return this.#source;
  }

  clear(): void {
    this.length = 0;
    this.marks = 0;
    if (this.#source.length > KEEP_BYTES) this.#source = new ByteSource(new Uint8Array(FIRST));
  }

  /** ASCII that needs no escaping. */
  raw(text: string): void {
    this.#reserve(text.length);
    const { bytes } = this.#source;
    for (let i = 0; i < text.length; i++) bytes[this.length++] = text.charCodeAt(i);
  }

  integer(low: number, high: number): void {
    const value = (high | 0) * 4_294_967_296 + (low >>> 0);
    if (Number.isSafeInteger(value)) this.raw(String(value));
    else this.raw(`{"int":"${BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0))}"}`);
  }

  /** With a fraction or an exponent always, so that 1.0 is told from the integer 1. */
  double(value: number): void {
    if (!Number.isFinite(value)) {
      this.raw(`{"double":"${value}"}`);
      return;
    }
    const text = doubleText(value);
    this.raw(/[.e]/.test(text) ? text : `${text}.0`);
  }

  /** A range of text as a JSON string, repaired, and cut to `limit` bytes. */
  string(source: ByteSource, start: number, end: number, limit: number, cutMark: number): void {
    const kept = utf8Cut(source.bytes, start, end, limit);
    if (kept < end) this.marks |= cutMark;
    if (highBits(source.view, start, kept) !== 0 && !isUtf8(source.bytes, start, kept)) {
      this.marks |= MARK_BITS['utf8-repaired'];
      const repaired = repairUtf8(source.bytes, start, kept);
      this.#quoted(repaired, 0, repaired.length);
    } else this.#quoted(source.bytes, start, kept);
  }

  base64(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(Math.ceil((end - start) / 3) * 4);
    const target = this.#source.bytes;
    for (let i = start; i < end; i += 3) {
      const rest = end - i;
      const word = (bytes[i]! << 16) | (rest > 1 ? bytes[i + 1]! << 8 : 0) | (rest > 2 ? bytes[i + 2]! : 0);
      target[this.length++] = BASE64.charCodeAt(word >> 18);
      target[this.length++] = BASE64.charCodeAt((word >> 12) & 63);
      target[this.length++] = rest > 1 ? BASE64.charCodeAt((word >> 6) & 63) : 61;
      target[this.length++] = rest > 2 ? BASE64.charCodeAt(word & 63) : 61;
    }
  }

  #quoted(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve((end - start) * 6 + 2);
    const target = this.#source.bytes;
    let at = this.length;
    target[at++] = 34;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      const letter = ESCAPES[byte]!;
      if (letter === 0) target[at++] = byte;
      else {
        target[at++] = 92;
        target[at++] = letter;
        if (letter === 117) {
          target[at++] = 48;
          target[at++] = 48;
          target[at++] = HEX.charCodeAt(byte >> 4);
          target[at++] = HEX.charCodeAt(byte & 15);
        }
      }
    }
    target[at++] = 34;
    this.length = at;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#source.length) return;
    const larger = new Uint8Array(Math.max(this.#source.length * 2, this.length + more));
    larger.set(this.#source.bytes.subarray(0, this.length));
    this.#source = new ByteSource(larger);
  }
}

import type { HanokError } from '#base';
import { fail } from '../errors.ts';

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Tokens of strict JSON (RFC 8259) on bytes. The scanner stands at `at`; nothing is decoded before it is wanted. Deeper
 * than `MAX_DEPTH` is refused, which bounds the recursion of everything built on it.
 */
export const MAX_DEPTH = 256;

export class Scanner {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  size = 0;
  /** Between the quotes of the last string. */
  start = 0;
  end = 0;
  escaped = false;

  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = 0;
    this.size = bytes.length;
  }

  malformed(what: string, at = this.at): HanokError {
    return fail('otlp.malformed', `JSON: ${what} at position ${at}`, { at: `position ${at}` });
  }

  /** The next byte that is not white space, or -1 at the end; not consumed. */
  peek(): number {
    const { bytes, size } = this;
    let at = this.at;
    while (at < size) {
      const byte = bytes[at]!;
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) {
        this.at = at;
        return byte;
      }
      at++;
    }
    this.at = at;
    return -1;
  }

  expect(byte: number, what: string): void {
    if (this.peek() !== byte) throw this.malformed(`expected ${what}`);
    this.at++;
  }

  /** After a member or element: true when another follows, false at the closing `close`. */
  another(close: number): boolean {
    const byte = this.peek();
    if (byte === 44) {
      this.at++;
      return true;
    }
    if (byte !== close) throw this.malformed(close === 125 ? 'expected , or }' : 'expected , or ]');
    this.at++;
    return false;
  }

  /** Consumes a string and leaves its raw range in `start`, `end`. Escapes are checked. */
  string(): void {
    if (this.peek() !== QUOTE) throw this.malformed('expected a string');
    const { bytes, size } = this;
    let at = this.at + 1;
    this.start = at;
    this.escaped = false;
    while (at < size) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.end = at;
        this.at = at + 1;
        return;
      }
      if (byte < 32) throw this.malformed('control character in a string', at);
      if (byte === BACKSLASH) {
        this.escaped = true;
        at = this.#escape(at);
      } else at++;
    }
    throw this.malformed('string without end', size);
  }

  /** Consumes a number and leaves its range in `start`, `end`. */
  number(): void {
    const { bytes } = this;
    let at = this.at;
    this.start = at;
    if (bytes[at] === 45) at++;
    if (bytes[at] === 48) at++;
    else at = this.#digits(at);
    if (bytes[at] === 46) at = this.#digits(at + 1);
    if (bytes[at] === 101 || bytes[at] === 69) {
      at++;
      if (bytes[at] === 43 || bytes[at] === 45) at++;
      at = this.#digits(at);
    }
    this.end = at;
    this.at = at;
  }

  /** Consumes `true`, `false` or `null`. */
  word(text: 'true' | 'false' | 'null'): void {
    for (let i = 0; i < text.length; i++)
      if (this.bytes[this.at + i] !== text.charCodeAt(i) || this.at + i >= this.size)
        throw this.malformed('unknown word');
    this.at += text.length;
  }

  /** Consumes any value, checking its grammar. */
  skip(depth: number): void {
    switch (this.peek()) {
      case QUOTE:
        this.string();
        return;
      case 123:
        this.#enter(depth);
        if (this.peek() === 125) {
          this.at++;
          return;
        }
        do {
          this.string();
          this.expect(58, ':');
          this.skip(depth + 1);
        } while (this.another(125));
        return;
      case 91:
        this.#enter(depth);
        if (this.peek() === 93) {
          this.at++;
          return;
        }
        do this.skip(depth + 1);
        while (this.another(93));
        return;
      case 116:
        this.word('true');
        return;
      case 102:
        this.word('false');
        return;
      case 110:
        this.word('null');
        return;
      case -1:
        throw this.malformed('ends too early');
      default:
        this.number();
    }
  }

  #enter(depth: number): void {
    if (depth >= MAX_DEPTH) throw this.malformed(`nested more than ${MAX_DEPTH} deep`);
    this.at++;
  }

  #digits(from: number): number {
    let at = from;
    while (at < this.size && this.bytes[at]! >= 48 && this.bytes[at]! <= 57) at++;
    if (at === from) throw this.malformed('expected a digit', from);
    return at;
  }

  /** Checks the escape that begins at `at` and returns where it ends. */
  #escape(at: number): number {
    const letter = this.bytes[at + 1];
    if (letter === 117) {
      for (let i = at + 2; i < at + 6; i++)
        if (i >= this.size || hexDigit(this.bytes[i]!) < 0)
          throw this.malformed('expected four hex digits after \\u', i);
      return at + 6;
    }
    if (
      letter === QUOTE ||
      letter === BACKSLASH ||
      letter === 47 ||
      letter === 98 ||
      letter === 102 ||
      letter === 110 ||
      letter === 114 ||
      letter === 116
    )
      return at + 2;
    throw this.malformed('unknown escape', at);
  }
}

/** 0 to 15, or -1. */
export function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

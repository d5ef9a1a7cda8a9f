import { hexDigit } from './scanner.ts';

/** A byte that never occurs in UTF-8: the decoder turns it into one U+FFFD and marks the record. */
const BROKEN = 0xff;

/**
 * Writes the text of a checked JSON string with escapes to `target` from `at`; returns the place after it. The text is
 * never longer than its escaped form. Half a surrogate pair becomes `BROKEN`.
 */
export function plainText(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let to = at;
  let i = start;
  while (i < end) {
    const byte = bytes[i++]!;
    if (byte !== 92) {
      target[to++] = byte;
      continue;
    }
    const letter = bytes[i++]!;
    if (letter !== 117) {
      target[to++] = PLAIN[letter]!;
      continue;
    }
    let code = unit(bytes, i);
    i += 4;
    if (code >= 0xd800 && code < 0xdc00 && bytes[i] === 92 && bytes[i + 1] === 117 && i + 6 <= end) {
      const low = unit(bytes, i + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i += 6;
      }
    }
    if (code < 0x80) target[to++] = code;
    else if (code < 0x800) {
      target[to++] = 0xc0 | (code >> 6);
      target[to++] = 0x80 | (code & 63);
    } else if (code >= 0xd800 && code < 0xe000) target[to++] = BROKEN;
    else if (code < 0x10000) {
      target[to++] = 0xe0 | (code >> 12);
      target[to++] = 0x80 | ((code >> 6) & 63);
      target[to++] = 0x80 | (code & 63);
    } else {
      target[to++] = 0xf0 | (code >> 18);
      target[to++] = 0x80 | ((code >> 12) & 63);
      target[to++] = 0x80 | ((code >> 6) & 63);
      target[to++] = 0x80 | (code & 63);
    }
  }
  return to;
}

const PLAIN = new Uint8Array(128);
for (const [letter, char] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t'])
  PLAIN[letter!.charCodeAt(0)] = char!.charCodeAt(0);

function unit(bytes: Uint8Array, at: number): number {
  return (
    (hexDigit(bytes[at]!) << 12) |
    (hexDigit(bytes[at + 1]!) << 8) |
    (hexDigit(bytes[at + 2]!) << 4) |
    hexDigit(bytes[at + 3]!)
  );
}

/** 0 to 63 of both base64 alphabets, or 255. */
const SEXTETS = new Uint8Array(256).fill(255);
for (const [i, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  SEXTETS[char.charCodeAt(0)] = i;
SEXTETS[45] = 62;
SEXTETS[95] = 63;

/** Decodes base64, padded or not, to `target` from `at`; returns the place after it, or -1 when it is none. */
export function base64(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let stop = end;
  for (let i = 0; i < 2 && stop > start && bytes[stop - 1] === 61; i++) stop--;
  if ((stop - start) % 4 === 1 || (stop < end && (end - start) % 4 !== 0)) return -1;
  let to = at;
  let bits = 0;
  let held = 0;
  for (let i = start; i < stop; i++) {
    const sextet = SEXTETS[bytes[i]!]!;
    if (sextet === 255) return -1;
    bits = ((bits << 6) | sextet) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      target[to++] = (bits >> held) & 255;
    }
  }
  return to;
}

/** Decodes hex to `target` from `at`; returns the place after it, or -1 when it is none. */
export function hex(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  if ((end - start) % 2 !== 0) return -1;
  let to = at;
  for (let i = start; i < end; i += 2) {
    const high = hexDigit(bytes[i]!);
    const low = hexDigit(bytes[i + 1]!);
    if (high < 0 || low < 0) return -1;
    target[to++] = (high << 4) | low;
  }
  return to;
}

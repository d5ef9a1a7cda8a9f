/** UTF-8 checks on byte ranges; no strings are made unless a range has to be repaired. */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function utf8Text(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** Well-formed UTF-8 as in RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start;
  while (i < end) {
    const lead = bytes[i++]!;
    if (lead < 0x80) continue;
    if (lead < 0xc2) return false;
    if (lead < 0xe0) {
      if (i >= end || (bytes[i++]! & 0xc0) !== 0x80) return false;
    } else if (lead < 0xf0) {
      if (i + 1 >= end) return false;
      const second = bytes[i++]!;
      if ((second & 0xc0) !== 0x80 || (bytes[i++]! & 0xc0) !== 0x80) return false;
      if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second >= 0xa0)) return false;
    } else {
      if (lead > 0xf4 || i + 2 >= end) return false;
      const second = bytes[i++]!;
      if ((second & 0xc0) !== 0x80 || (bytes[i++]! & 0xc0) !== 0x80 || (bytes[i++]! & 0xc0) !== 0x80) return false;
      if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second >= 0x90)) return false;
    }
  }
  return true;
}

/** The same text with every malformed sequence replaced by U+FFFD, as the WHATWG decoder does it. */
export function repairUtf8(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return utf8Bytes(utf8Text(bytes, start, end));
}

/** The last place at or before `start + limit` that does not split a character. */
export function utf8Cut(bytes: Uint8Array, start: number, end: number, limit: number): number {
  if (end - start <= limit) return end;
  let cut = start + limit;
  // A character has at most three continuation bytes; more of them is not UTF-8 and may be split anywhere.
  for (let back = 0; back < 3 && cut > start && (bytes[cut]! & 0xc0) === 0x80; back++) cut--;
  return (bytes[cut]! & 0xc0) === 0x80 ? start + limit : cut;
}

/**
 * MurmurHash3 x86_128 (public domain, by Austin Appleby) on 32-bit words, with all four words of its state given by
 * the caller. With the four equal it is the published function of that seed. The result stays in `a` to `d`.
 *
 * Ids made of it are in stored rows: it must never change.
 */
export class Hash128 {
  a = 0;
  b = 0;
  c = 0;
  d = 0;

  seed(a: number, b: number, c: number, d: number): void {
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  update(view: DataView, start: number, end: number): void {
    let h1 = this.a;
    let h2 = this.b;
    let h3 = this.c;
    let h4 = this.d;
    const length = end - start;
    let at = start;
    for (const last = end - 16; at <= last; at += 16) {
      let k = Math.imul(view.getInt32(at, true), 0x239b961b);
      h1 ^= Math.imul((k << 15) | (k >>> 17), 0xab0e9789);
      h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0;
      k = Math.imul(view.getInt32(at + 4, true), 0xab0e9789);
      h2 ^= Math.imul((k << 16) | (k >>> 16), 0x38b34ae5);
      h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h3, 5) + 0x0bcaa747) | 0;
      k = Math.imul(view.getInt32(at + 8, true), 0x38b34ae5);
      h3 ^= Math.imul((k << 17) | (k >>> 15), 0xa1e38b93);
      h3 = (Math.imul(((h3 << 15) | (h3 >>> 17)) + h4, 5) + 0x96cd1c35) | 0;
      k = Math.imul(view.getInt32(at + 12, true), 0xa1e38b93);
      h4 ^= Math.imul((k << 18) | (k >>> 14), 0x239b961b);
      h4 = (Math.imul(((h4 << 13) | (h4 >>> 19)) + h1, 5) + 0x32ac3b17) | 0;
    }
    const rest = end - at;
    if (rest > 0) {
      let k = Math.imul(word(view, at, end), 0x239b961b);
      h1 ^= Math.imul((k << 15) | (k >>> 17), 0xab0e9789);
      if (rest > 4) {
        k = Math.imul(word(view, at + 4, end), 0xab0e9789);
        h2 ^= Math.imul((k << 16) | (k >>> 16), 0x38b34ae5);
      }
      if (rest > 8) {
        k = Math.imul(word(view, at + 8, end), 0x38b34ae5);
        h3 ^= Math.imul((k << 17) | (k >>> 15), 0xa1e38b93);
      }
      if (rest > 12) {
        k = Math.imul(word(view, at + 12, end), 0xa1e38b93);
        h4 ^= Math.imul((k << 18) | (k >>> 14), 0x239b961b);
      }
    }
    h1 ^= length;
    h2 ^= length;
    h3 ^= length;
    h4 ^= length;
    h1 = (h1 + h2 + h3 + h4) | 0;
    h2 = (h2 + h1) | 0;
    h3 = (h3 + h1) | 0;
    h4 = (h4 + h1) | 0;
    h1 = mix(h1);
    h2 = mix(h2);
    h3 = mix(h3);
    h4 = mix(h4);
    h1 = (h1 + h2 + h3 + h4) | 0;
    this.a = h1;
    this.b = (h2 + h1) | 0;
    this.c = (h3 + h1) | 0;
    this.d = (h4 + h1) | 0;
  }
}

/** Up to four bytes, little-endian; those past the end are zero. */
function word(view: DataView, at: number, end: number): number {
  if (at + 4 <= end) return view.getInt32(at, true);
  let value = view.getUint8(at);
  if (at + 1 < end) value |= view.getUint8(at + 1) << 8;
  if (at + 2 < end) value |= view.getUint8(at + 2) << 16;
  return value;
}

function mix(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

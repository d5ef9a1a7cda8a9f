/**
 * HalfSipHash-2-4 with 64 bits of output (public domain, by Jean-Philippe Aumasson and Daniel J. Bernstein): a keyed hash
 * on 32-bit words. Names are counted by it and not by the unkeyed hash of ids: a sender who knows the hash can make as many
 * names of one hash value as it likes, which would all be counted as one.
 */
export class HalfSipHash {
  /** The result of `finish`. */
  low = 0;
  high = 0;
  readonly #key0: number;
  readonly #key1: number;
  #v0 = 0;
  #v1 = 0;
  #v2 = 0;
  #v3 = 0;
  #length = 0;

  constructor(key0: number, key1: number) {
    this.#key0 = key0 | 0;
    this.#key1 = key1 | 0;
  }

  begin(): void {
    this.#v0 = this.#key0;
    this.#v1 = this.#key1 ^ 0xee;
    this.#v2 = 0x6c796765 ^ this.#key0;
    this.#v3 = 0x74656462 ^ this.#key1;
    this.#length = 0;
  }

  /** Four bytes of the message. Only before `rest`. */
  word(value: number): void {
    this.#v3 ^= value;
    this.#rounds(2);
    this.#v0 ^= value;
    this.#length += 4;
  }

  /** The rest of the message, and its end. */
  finish(view: DataView, start: number, end: number): void {
    let at = start;
    for (; at + 4 <= end; at += 4) this.word(view.getInt32(at, true));
    let last = (this.#length + (end - at)) << 24;
    for (let shift = 0; at < end; at++, shift += 8) last |= view.getUint8(at) << shift;
    this.#v3 ^= last;
    this.#rounds(2);
    this.#v0 ^= last;
    this.#v2 ^= 0xee;
    this.#rounds(4);
    this.low = (this.#v1 ^ this.#v3) >>> 0;
    this.#v1 ^= 0xdd;
    this.#rounds(4);
    this.high = (this.#v1 ^ this.#v3) >>> 0;
  }

  #rounds(count: number): void {
    let v0 = this.#v0;
    let v1 = this.#v1;
    let v2 = this.#v2;
    let v3 = this.#v3;
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    this.#v0 = v0;
    this.#v1 = v1;
    this.#v2 = v2;
    this.#v3 = v3;
  }
}

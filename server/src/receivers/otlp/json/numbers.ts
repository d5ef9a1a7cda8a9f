/** Exact decimal integers in JSON texts, as numbers or in strings. The result is left in `low` and `high`. */
export class IntegerText {
  low = 0;
  high = 0;
  negative = false;

  /**
   * Reads ASCII bytes as an integer; `1.0` and `1e3` are integers too, as in protobuf's JSON. Returns false for what is
   * not an integer or has a magnitude of 2^64 and more.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    this.negative = bytes[at] === 45;
    if (this.negative) at++;
    const digits = end - at;
    if (digits < 1) return false;
    if (digits > 20) return this.#slow(bytes, at, end);
    let head = 0;
    let tail = 0;
    const split = digits > 9 ? end - 9 : at;
    for (let i = at; i < split; i++) {
      const digit = bytes[i]! - 48;
      if (digit < 0 || digit > 9) return this.#slow(bytes, at, end);
      head = head * 10 + digit;
    }
    for (let i = split; i < end; i++) {
      const digit = bytes[i]! - 48;
      if (digit < 0 || digit > 9) return this.#slow(bytes, at, end);
      tail = tail * 10 + digit;
    }
    // head * 10^9 + tail in halves, every step below 2^53: head is below 10^11 and split at 20 bits.
    const upper = Math.floor(head / 1_048_576);
    const p0 = (head - upper * 1_048_576) * 1e9 + tail;
    const p1 = upper * 1e9;
    const low = (p0 % 4_294_967_296) + (p1 % 4_096) * 1_048_576;
    const high = Math.floor(p0 / 4_294_967_296) + Math.floor(p1 / 4_096) + (low >= 4_294_967_296 ? 1 : 0);
    if (high >= 4_294_967_296) return false;
    this.low = low % 4_294_967_296;
    this.high = high;
    return true;
  }

  /** Two's complement of the magnitude read. */
  negate(): void {
    const low = -this.low >>> 0;
    this.high = (~this.high + (low === 0 ? 1 : 0)) >>> 0;
    this.low = low;
  }

  #slow(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > 400) return false;
    const text = String.fromCharCode(...bytes.subarray(start, end));
    const parts = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
    if (!parts) return false;
    const fraction = parts[2] ?? '';
    const shift = Number(parts[3] ?? 0) - fraction.length;
    let value = BigInt(parts[1]! + fraction);
    if (value === 0n) shift;
    else if (shift > 20) return false;
    else if (shift >= 0) value *= 10n ** BigInt(shift);
    else {
      const divisor = 10n ** BigInt(Math.min(-shift, 1_000));
      if (value % divisor !== 0n) return false;
      value /= divisor;
    }
    if (value >= 1n << 64n) return false;
    this.low = Number(value & 0xffff_ffffn);
    this.high = Number(value >> 32n);
    return true;
  }
}

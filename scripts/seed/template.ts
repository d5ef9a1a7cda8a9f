/**
 * A request encoded once and sent many times: what differs between two sendings has a fixed width in OTLP (times are
 * fixed64, ids are 16 or 8 bytes), so it is overwritten in a copy of the bytes instead of encoded again.
 */

/** What one sending of a template differs in. All arrays are owned by the caller and only read here. */
export interface Emission {
  /** Four words per trace slot. */
  readonly traceIds: Uint32Array;
  /** Unix nanoseconds per trace slot, as low and high words. */
  readonly baseLow: Uint32Array;
  readonly baseHigh: Uint32Array;
  /** Mixed into every span id, so that ids differ between sendings and parents still match. */
  readonly salt: readonly [number, number];
  /** Draws the digits of places that vary freely. */
  readonly word: () => number;
}

interface Places {
  /** Offset and slot of each 16-byte trace id. */
  readonly traces: ReadonlyArray<readonly [offset: number, slot: number]>;
  /** Offset of each 8-byte span id; the template holds the unsalted id. */
  readonly spans: readonly number[];
  /** Offset, slot and nanoseconds after the slot's base. */
  readonly times: ReadonlyArray<readonly [offset: number, slot: number, after: number]>;
  /** Offset and width of each run of digits that varies freely. */
  readonly digits: ReadonlyArray<readonly [offset: number, width: number]>;
}

export type Signal = 'traces' | 'logs' | 'metrics';

export class Template {
  readonly signal: Signal;
  readonly records: number;
  /** Records per service name. */
  readonly services: ReadonlyMap<string, number>;
  readonly #bytes: Uint8Array;
  readonly #traceAt: Uint32Array;
  readonly #traceSlot: Uint32Array;
  readonly #spanAt: Uint32Array;
  readonly #timeAt: Uint32Array;
  readonly #timeSlot: Uint32Array;
  readonly #afterLow: Uint32Array;
  readonly #afterHigh: Uint32Array;
  readonly #digitAt: Uint32Array;
  readonly #digitWidth: Uint8Array;

  constructor(signal: Signal, bytes: Uint8Array, services: ReadonlyMap<string, number>, places: Places) {
    this.signal = signal;
    this.services = services;
    this.records = [...services.values()].reduce((sum, count) => sum + count, 0);
    this.#bytes = bytes;
    this.#traceAt = Uint32Array.from(places.traces, ([offset]) => offset);
    this.#traceSlot = Uint32Array.from(places.traces, ([, slot]) => slot * 4);
    this.#spanAt = Uint32Array.from(places.spans);
    this.#timeAt = Uint32Array.from(places.times, ([offset]) => offset);
    this.#timeSlot = Uint32Array.from(places.times, ([, slot]) => slot);
    this.#afterLow = Uint32Array.from(places.times, ([, , after]) => after % 0x1_0000_0000);
    this.#afterHigh = Uint32Array.from(places.times, ([, , after]) => Math.floor(after / 0x1_0000_0000));
    this.#digitAt = Uint32Array.from(places.digits, ([offset]) => offset);
    this.#digitWidth = Uint8Array.from(places.digits, ([, width]) => width);
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** A new buffer with the request; nobody else holds it. */
  stamp(emission: Emission): Uint8Array {
    const out = Uint8Array.from(this.#bytes);
    const view = new DataView(out.buffer);
    const { traceIds, baseLow, baseHigh, salt } = emission;

    const traceAt = this.#traceAt;
    const traceSlot = this.#traceSlot;
    for (let i = 0; i < traceAt.length; i++) {
      const at = traceAt[i]!;
      const slot = traceSlot[i]!;
      view.setUint32(at, traceIds[slot]!);
      view.setUint32(at + 4, traceIds[slot + 1]!);
      view.setUint32(at + 8, traceIds[slot + 2]!);
      view.setUint32(at + 12, traceIds[slot + 3]!);
    }
    const spanAt = this.#spanAt;
    for (let i = 0; i < spanAt.length; i++) {
      const at = spanAt[i]!;
      view.setUint32(at, view.getUint32(at) ^ salt[0]);
      view.setUint32(at + 4, view.getUint32(at + 4) ^ salt[1]);
    }
    const timeAt = this.#timeAt;
    for (let i = 0; i < timeAt.length; i++) {
      const at = timeAt[i]!;
      const slot = this.#timeSlot[i]!;
      const low = baseLow[slot]! + this.#afterLow[i]!;
      view.setUint32(at, low, true);
      view.setUint32(at + 4, baseHigh[slot]! + this.#afterHigh[i]! + (low > 0xffff_ffff ? 1 : 0), true);
    }
    const digitAt = this.#digitAt;
    for (let i = 0; i < digitAt.length; i++) {
      const end = digitAt[i]! + this.#digitWidth[i]!;
      let word = emission.word();
      for (let at = digitAt[i]!; at < end; at++) {
        out[at] = 48 + (word % 10);
        word = Math.floor(word / 10);
      }
    }
    return out;
  }
}

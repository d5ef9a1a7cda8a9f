import { fail } from './errors.ts';

const FIRST_BYTES = 64 * 1024;

/** Memory for one body. */
export interface BodyRoom {
  hold(bytes: number): void;
  take(bytes: number): Buffer<ArrayBuffer>;
}

/**
 * Collects a body in one buffer of its own, so that it can be moved to another thread. With a declared length the buffer
 * is made once (the pages are only touched as bytes come); without, it doubles. Room is asked for before it is taken.
 */
export class BodyBuffer {
  readonly #limit: number;
  readonly #hold: (bytes: number) => void;
  #buffer: Buffer<ArrayBuffer>;
  #length = 0;

  /**
   * @param room.hold throws when so many bytes in all may not be held
   * @param room.take the same, and gives a buffer of so many bytes
   */
  constructor(limit: number, declared: number | undefined, room: BodyRoom) {
    this.#limit = limit;
    this.#hold = room.hold;
    if (declared !== undefined && declared > limit) throw tooLarge(limit);
    this.#buffer = declared === undefined ? Buffer.allocUnsafeSlow(0) : room.take(declared);
  }

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#limit) throw tooLarge(this.#limit);
    if (needed > this.#buffer.length) this.#grow(needed);
    this.#buffer.set(chunk, this.#length);
    this.#length = needed;
  }

  /** What was collected; the buffer is the caller's from now on. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const room = Math.min(this.#limit, Math.max(needed, FIRST_BYTES, this.#buffer.length * 2));
    this.#hold(room);
    const larger = Buffer.allocUnsafeSlow(room);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

function tooLarge(limit: number) {
  return fail('receivers.too-large', `the body is larger than ${limit} bytes`);
}

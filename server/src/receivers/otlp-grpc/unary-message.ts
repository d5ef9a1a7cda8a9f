import { fail } from '../errors.ts';

/** The length-prefixed message of a unary call, as it came: `compressed` tells whether grpc-encoding applies to it. */
export interface UnaryMessage {
  readonly compressed: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const HEADER_BYTES = 5;

/**
 * Takes DATA chunks as they come and puts the one message together, in a buffer of its own. The length in the prefix is
 * checked, and room asked for, before anything is allocated.
 */
export class UnaryReader {
  /** Bytes of prefix and message so far. */
  received = 0;
  readonly #limits: { readonly compressed: number; readonly plain: number };
  readonly #take: (bytes: number) => Buffer<ArrayBuffer>;
  readonly #isEncoded: boolean;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #message: Buffer<ArrayBuffer> | undefined;
  #filled = 0;
  #compressed = false;

  /**
   * @param isEncoded grpc-encoding names a compression
   * @param take gives a buffer for so many bytes, or throws when they may not be held
   */
  constructor(
    limits: { readonly compressed: number; readonly plain: number },
    isEncoded: boolean,
    take: (bytes: number) => Buffer<ArrayBuffer>,
  ) {
    this.#limits = limits;
    this.#isEncoded = isEncoded;
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    if (!this.#message) {
      at = Math.min(chunk.length, HEADER_BYTES - this.received);
      this.#header.set(chunk.subarray(0, at), this.received);
      this.received += at;
      if (this.received < HEADER_BYTES) return;
      this.#begin();
    }
    const message = this.#message;
    if (!message) return;
    const rest = at === 0 ? chunk : chunk.subarray(at);
    if (rest.length > message.length - this.#filled)
      throw fail('receivers.grpc-framing', 'more than one message came in a call that takes one');
    message.set(rest, this.#filled);
    this.#filled += rest.length;
    this.received += rest.length;
  }

  /** At the end of the stream. */
  finish(): UnaryMessage {
    if (this.received === 0) throw fail('receivers.grpc-framing', 'no message came in a call that takes one');
    if (!this.#message || this.#filled < this.#message.length)
      throw fail('receivers.malformed-request', 'the call ended in the middle of its message');
    return { compressed: this.#compressed, bytes: this.#message };
  }

  #begin(): void {
    const flag = this.#header[0]!;
    const length = new DataView(this.#header.buffer).getUint32(1);
    if (flag > 1) throw fail('receivers.grpc-framing', `the message has the unknown flags ${flag}`);
    this.#compressed = flag === 1;
    if (this.#compressed && !this.#isEncoded)
      throw fail('receivers.grpc-compressed-flag', 'the message says it is compressed, but not how');
    const limit = this.#compressed ? this.#limits.compressed : this.#limits.plain;
    if (length > limit)
      throw fail('receivers.too-large', `the message of ${length} bytes is larger than ${limit} bytes`);
    this.#message = this.#take(length);
  }
}

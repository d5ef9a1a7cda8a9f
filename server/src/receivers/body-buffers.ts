/** Bodies of less are made anew: that costs little. Larger ones than `MOST` are rare. */
const LEAST = 16 * 1024;
const MOST = 1024 ** 2;
/** Bytes of buffers that wait for their next body. */
const KEPT_MOST = 4 * 1024 ** 2;

/**
 * Buffers that bodies are read into, used again when a body was decoded: making one for each body, and collecting it, is a
 * quarter of what a gRPC request of 64 KiB costs that is decoded on the main thread. A buffer may be up to a quarter larger
 * than its body; what an earlier body left in it lies outside of the view that is given out, or is overwritten before the
 * body is complete.
 */
export class BodyBuffers {
  readonly #free = new Map<number, ArrayBuffer[]>();
  #kept = 0;
  #taken = false;

  /** Bytes that wait for their next body. */
  get kept(): number {
    return this.#kept;
  }

  /** The contents are what they are. */
  take(length: number): Buffer<ArrayBuffer> {
    if (length < LEAST || length > MOST) return Buffer.allocUnsafeSlow(length);
    this.#taken = true;
    const size = sizeFor(length);
    const used = this.#free.get(size)?.pop();
    if (used) this.#kept -= size;
    return Buffer.from(used ?? Buffer.allocUnsafeSlow(size).buffer, 0, length);
  }

  /** Nobody else may have the buffer any more. One of a size that is not used again is left to be collected. */
  give(buffer: ArrayBuffer): void {
    const size = buffer.byteLength;
    if (!isReusable(buffer) || this.#kept + size > KEPT_MOST) return;
    this.#kept += size;
    const free = this.#free.get(size);
    if (free) free.push(buffer);
    else this.#free.set(size, [buffer]);
  }

  /** To be called now and then: lets go of everything when no body came since the last time. */
  rest(): void {
    if (!this.#taken) {
      this.#free.clear();
      this.#kept = 0;
    }
    this.#taken = false;
  }
}

export function isReusable(buffer: ArrayBuffer): boolean {
  const size = buffer.byteLength;
  return size >= LEAST && size <= MOST && sizeFor(size) === size;
}

/** The next of four sizes in each doubling. */
function sizeFor(length: number): number {
  const step = 2 ** (Math.floor(Math.log2(length)) - 2);
  return Math.ceil(length / step) * step;
}

import { FLAG, FRAME_HEADER_BYTES, MAX_FRAME_BYTES, TYPE } from './frames.ts';

export interface FrameHeader {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Bytes of the payload. */
  readonly length: number;
}

export interface FrameOwner {
  /** A header is complete. */
  begin(header: FrameHeader): void;
  /** A piece of an unpadded DATA frame, as it came; `last` with its end. An empty frame gives one empty piece. */
  data(header: FrameHeader, piece: Buffer, last: boolean): void;
  /** Any other frame, whole. */
  frame(header: FrameHeader, payload: Buffer): void;
  /** A frame longer than we allow; has to throw. */
  tooLarge(): void;
}

/**
 * Cuts a byte stream into frames. What is handed out lies in the chunk just read, or in a buffer that is used again: it is
 * valid during the call only. When the owner throws, the reader is of no use any more.
 */
export class FrameReader {
  readonly #owner: FrameOwner;
  readonly #headerBytes = Buffer.alloc(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #header: FrameHeader | undefined;
  #left = 0;
  #payload: Buffer | undefined;
  #stopped = false;

  constructor(owner: FrameOwner) {
    this.#owner = owner;
  }

  /** In the middle of a frame other than plain DATA (whose pace is its receiver's business). */
  get isPartial(): boolean {
    return this.#header ? !isPlainData(this.#header) : this.#headerFilled > 0;
  }

  stop(): void {
    this.#stopped = true;
  }

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#stopped) {
      let header = this.#header;
      if (!header) {
        const length = Math.min(FRAME_HEADER_BYTES - this.#headerFilled, chunk.length - at);
        this.#headerBytes.set(chunk.subarray(at, at + length), this.#headerFilled);
        this.#headerFilled += length;
        at += length;
        if (this.#headerFilled < FRAME_HEADER_BYTES) return;
        header = this.#parseHeader();
        if (header.length > 0) continue;
      }
      at += this.#readPayload(header, chunk, at);
    }
  }

  #parseHeader(): FrameHeader {
    const bytes = this.#headerBytes;
    this.#headerFilled = 0;
    const length = (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!;
    const streamId = ((bytes[5]! & 0x7f) << 24) | (bytes[6]! << 16) | (bytes[7]! << 8) | bytes[8]!;
    const header = { type: bytes[3]!, flags: bytes[4]!, streamId, length };
    if (length > MAX_FRAME_BYTES) this.#owner.tooLarge();
    this.#owner.begin(header);
    this.#header = header;
    this.#left = length;
    return header;
  }

  #readPayload(header: FrameHeader, chunk: Buffer, at: number): number {
    const length = Math.min(this.#left, chunk.length - at);
    const piece = chunk.subarray(at, at + length);
    this.#left -= length;
    const isLast = this.#left === 0;
    if (isLast) this.#header = undefined;
    if (isPlainData(header)) this.#owner.data(header, piece, isLast);
    else if (isLast && !this.#payload) this.#owner.frame(header, piece);
    else {
      this.#payload ??= Buffer.allocUnsafe(header.length);
      this.#payload.set(piece, header.length - this.#left - length);
      if (!isLast) return length;
      const payload = this.#payload;
      this.#payload = undefined;
      this.#owner.frame(header, payload);
    }
    return length;
  }
}

function isPlainData({ type, flags }: FrameHeader): boolean {
  return type === TYPE.DATA && (flags & FLAG.PADDED) === 0;
}

/** Without the pad length and the padding, when the flags say that there is any; undefined when it does not fit. */
export function withoutPadding({ flags }: FrameHeader, payload: Buffer): Buffer | undefined {
  if ((flags & FLAG.PADDED) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined || padding >= payload.length) return undefined;
  return payload.subarray(1, payload.length - padding);
}

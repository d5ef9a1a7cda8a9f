import { type FrameHeader, withoutPadding } from './frame-reader.ts';
import { ERROR, FLAG } from './frames.ts';
import { PeerError } from './peer-error.ts';

/** Bytes of a header block before decompression, over all its frames. */
const MAX_BLOCK_BYTES = 64 * 1024;
const MAX_CONTINUATIONS = 16;

/** The block of a HEADERS frame and its CONTINUATIONs, RFC 9113 §4.3. */
export class HeaderBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  constructor({ streamId, flags }: FrameHeader) {
    this.streamId = streamId;
    this.endStream = (flags & FLAG.END_STREAM) !== 0;
  }

  /** The whole block once its last part has come (it may lie in `part`); until then undefined. */
  add({ flags }: FrameHeader, part: Buffer): Buffer | undefined {
    const isEnd = (flags & FLAG.END_HEADERS) !== 0;
    this.#bytes += part.length;
    if (this.#bytes > MAX_BLOCK_BYTES || this.#parts.length > MAX_CONTINUATIONS)
      throw new PeerError(ERROR.ENHANCE_YOUR_CALM, 'a header block too large');
    if (isEnd) return this.#parts.length === 0 ? part : Buffer.concat([...this.#parts, part]);
    // A part that waits for more must outlive the chunk it came in.
    this.#parts.push(Buffer.from(part));
    return undefined;
  }
}

/** What of a HEADERS frame's payload is header block. */
export function blockIn(header: FrameHeader, payload: Buffer): Buffer {
  const content = withoutPadding(header, payload);
  const priority = (header.flags & FLAG.PRIORITY) === 0 ? 0 : 5;
  if (!content || content.length < priority) throw new PeerError(ERROR.PROTOCOL_ERROR, 'HEADERS of the wrong size');
  return content.subarray(priority);
}

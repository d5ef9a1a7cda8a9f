/**
 * Bounds of the frames in a zstd stream (RFC 8878 §3.1), found from headers alone. Node's one-shot decompression stops
 * after the first frame and says nothing about the rest, while senders may concatenate frames.
 */
export interface ZstdFrame {
  readonly start: number;
  readonly end: number;
  /** As the header says; undefined when it does not. Never trusted, only used to size a buffer. */
  readonly contentSize: number | undefined;
}

const MAGIC = 0xfd2fb528;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;

/** Undefined when the bytes are not a whole number of well-formed frames. Skippable frames are left out. */
export function zstdFrames(bytes: Uint8Array): ZstdFrame[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: ZstdFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) return undefined;
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      at += 8 + view.getUint32(at + 4, true);
      if (at > bytes.length) return undefined;
      continue;
    }
    if (magic !== MAGIC) return undefined;
    const start = at;
    const descriptor = view.getUint8(at + 4);
    const single = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >> 6;
    at += 5 + (single ? 0 : 1) + DICTIONARY_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
    const sizeBytes = sizeFlag === 0 ? (single ? 1 : 0) : 1 << sizeFlag;
    if (at + sizeBytes > bytes.length) return undefined;
    const contentSize = sizeOf(view, at, sizeBytes);
    at += sizeBytes;
    for (let last = false; !last; ) {
      if (at + 3 > bytes.length) return undefined;
      const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
      last = (header & 1) === 1;
      const isRunLength = ((header >> 1) & 3) === 1;
      at += 3 + (isRunLength ? 1 : header >>> 3);
      if (at > bytes.length) return undefined;
    }
    if ((descriptor & 4) !== 0) at += 4;
    if (at > bytes.length) return undefined;
    frames.push({ start, end: at, contentSize });
  }
  return frames;
}

function sizeOf(view: DataView, at: number, length: number): number | undefined {
  switch (length) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    case 8:
      return Number(view.getBigUint64(at, true));
    default:
      return undefined;
  }
}

import type { ByteSource } from '#base';

/** A list longer than this is looked up by text instead of walked; real lists of attributes are shorter. */
const WALKED = 32;

/**
 * Tells whether a key was there before in its own list or map. Maps nest, so each is a frame: `enter`, one `repeats` per
 * key in the order of the wire, `leave`. Keys are ranges of the request's bytes and compared as bytes; nothing is copied
 * unless a list is long.
 */
export class KeyFrames {
  readonly #ranges: number[] = [];
  #base = 0;
  /** Keys of the frame under way, once it is long. */
  #texts: Set<string> | undefined;
  readonly #outer: { readonly base: number; readonly texts: Set<string> | undefined }[] = [];

  /** Forgets all frames: the last walk may have ended in the middle. */
  reset(): void {
    this.#ranges.length = 0;
    this.#outer.length = 0;
    this.#base = 0;
    this.#texts = undefined;
  }

  enter(): void {
    this.#outer.push({ base: this.#base, texts: this.#texts });
    this.#base = this.#ranges.length;
    this.#texts = undefined;
  }

  leave(): void {
    this.#ranges.length = this.#base;
    const outer = this.#outer.pop();
    this.#base = outer?.base ?? 0;
    this.#texts = outer?.texts;
  }

  /** Notes the key in the frame under way. */
  repeats(source: ByteSource, start: number, end: number): boolean {
    const ranges = this.#ranges;
    if (this.#texts === undefined && ranges.length - this.#base < WALKED * 2) {
      let found = false;
      for (let i = this.#base; i < ranges.length && !found; i += 2)
        found = same(source.bytes, ranges[i]!, ranges[i + 1]!, start, end);
      ranges.push(start, end);
      return found;
    }
    if (this.#texts === undefined) {
      this.#texts = new Set();
      for (let i = this.#base; i < ranges.length; i += 2)
        this.#texts.add(textOf(source.bytes, ranges[i]!, ranges[i + 1]!));
    }
    const key = textOf(source.bytes, start, end);
    if (this.#texts.has(key)) return true;
    this.#texts.add(key);
    return false;
  }
}

function same(bytes: Uint8Array, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = start, k = otherStart; i < end; i++, k++) if (bytes[i] !== bytes[k]) return false;
  return true;
}

/** One character per byte: two texts are the same if and only if their bytes are. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

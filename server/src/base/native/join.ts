import { must } from '../errors.ts';
import { copyRange, LONG } from './copy.ts';
import { Cursor, malformed, WIDTHS } from './cursor.ts';
import { HAS_KEYS, STATE_BYTES, varuintSize, writeUint64, writeVaruint } from './dictionary.ts';

/** Index type in the low byte; of what the engine may say besides, only keys of the block's own are known here. */
const INDEX_TYPE = 0xff;

/** Bytes that grow. */
class Output {
  bytes: Uint8Array;
  view: DataView;
  at = 0;

  constructor(capacity: number) {
    const { buffer } = Buffer.allocUnsafeSlow(capacity);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Makes room and returns where to write; the caller writes all of it. */
  take(size: number): number {
    const start = this.at;
    this.at = start + size;
    if (this.at > this.bytes.length) {
      const { buffer } = Buffer.allocUnsafeSlow(Math.max(this.at, this.bytes.length * 2));
      const larger = new Uint8Array(buffer);
      larger.set(this.bytes.subarray(0, start));
      this.bytes = larger;
      this.view = new DataView(buffer);
    }
    return start;
  }

  copy(source: Cursor, start: number, end: number): void {
    const to = this.take(end - start);
    // In a long range it would look at every byte once more.
    if (end - start > LONG) this.bytes.set(source.bytes.subarray(start, end), to);
    else copyRange(source.view, start, end, this.view, this.bytes, to);
  }

  uint64(value: number): void {
    writeUint64(this.bytes, this.take(8), value);
  }

  varuint(value: number): void {
    writeVaruint(this.bytes, this.take(varuintSize(value)), value);
  }
}

/** One block, read from its beginning to its end, a column after another. */
class Piece extends Cursor {
  rows = 0;
  /** Rows of the nested column that is being read, or `rows`. */
  items = 0;
  // The dictionary that is being read: its keys without the first, which is empty, and its indexes.
  keys = 0;
  keysStart = 0;
  keysEnd = 0;
  indexesStart = 0;
  indexWidth = 1;
  /** What its indexes grow by; index 0 stays. */
  shift = 0;
  /** Its keys are the ones that an earlier piece brings. */
  said = false;

  strings(count: number): void {
    const { bytes } = this;
    let { at } = this;
    for (let i = 0; i < count; i++) {
      const length = bytes[at]!;
      if (length < 128) at += 1 + length;
      else {
        this.at = at;
        this.take(this.varuint());
        at = this.at;
      }
    }
    if (!(at <= bytes.length)) throw this.malformed('ends too early');
    this.at = at;
  }

  dictionary(): void {
    this.keys = 0;
    if (this.items === 0) return;
    const flags = this.uint64();
    const index = flags & INDEX_TYPE;
    if (flags - index !== HAS_KEYS || index > 2) throw this.malformed('unknown kind of dictionary');
    this.indexWidth = 1 << index;
    const keys = this.uint64();
    if (keys === 0 || this.varuint() !== 0) throw this.malformed('the first key is not empty');
    this.keys = keys - 1;
    this.keysStart = this.at;
    this.strings(this.keys);
    this.keysEnd = this.at;
    if (this.uint64() !== this.items) throw this.malformed('as many indexes as rows expected');
    this.indexesStart = this.take(this.items * this.indexWidth);
  }

  /** Same dictionary, byte for byte? Senders mostly say the same again. */
  hasKeysOf(other: Piece): boolean {
    const length = this.keysEnd - this.keysStart;
    if (this.keys !== other.keys || length !== other.keysEnd - other.keysStart) return false;
    for (let i = 0; i < length; i++)
      if (this.bytes[this.keysStart + i] !== other.bytes[other.keysStart + i]) return false;
    return true;
  }
}

/**
 * One block with the rows of all, in order. The engine reads every block's names and types anew and puts the blocks
 * together value by value: twenty rows in a block cost it four times as much a row as five hundred do.
 *
 * Blocks of one table at one layout version, as `BlockWriter` writes them; what is given back is new. Dictionaries are
 * put one behind another without looking for the same key in two of them, which the engine does in any case. Throws
 * `native.malformed` for anything else.
 */
export function joinBlocks(blocks: readonly Uint8Array[]): Uint8Array {
  must(blocks.length > 0, 'there is a block to join');
  const pieces: Piece[] = [];
  let columns = 0;
  let rows = 0;
  let size = 0;
  for (const bytes of blocks) {
    const piece = new Piece(bytes);
    const count = piece.varuint();
    if (pieces.length > 0 && count !== columns) throw malformed('blocks of different columns');
    columns = count;
    piece.rows = piece.varuint();
    if (piece.rows === 0) throw malformed('a block without rows');
    rows += piece.rows;
    size += bytes.length;
    pieces.push(piece);
  }
  // Indexes may take a byte more when the keys are those of all.
  const output = new Output(size + (size >> 3) + 1_024);
  output.varuint(columns);
  output.varuint(rows);
  for (let i = 0; i < columns; i++) joinColumn(pieces, output);
  for (const piece of pieces) if (piece.at !== piece.bytes.length) throw piece.malformed('bytes behind a block');
  return output.bytes.subarray(0, output.at);
}

function joinColumn(pieces: readonly Piece[], output: Output): void {
  const type = joinHeads(pieces, output);
  const items = itemsOf(type);
  for (const piece of pieces) piece.items = piece.rows;
  if (items.includes('LowCardinality(String)')) joinState(pieces, output);
  if (items[0] !== type) joinOffsets(pieces, output);
  for (const item of items)
    if (item === 'LowCardinality(String)') joinDictionaries(pieces, output);
    else joinItems(pieces, output, item);
}

/** Types of what a column of this type holds, in the order in which they are written. */
function itemsOf(type: string): readonly string[] {
  if (type === 'Map(LowCardinality(String), String)') return ['LowCardinality(String)', 'String'];
  return [type.startsWith('Array(') ? type.slice('Array('.length, -1) : type];
}

/** Name and type, the same in all. */
function joinHeads(pieces: readonly Piece[], output: Output): string {
  const first = pieces[0]!;
  const start = first.at;
  first.take(first.varuint());
  const typeLength = first.varuint();
  const typeStart = first.take(typeLength);
  const length = first.at - start;
  for (const piece of pieces) {
    if (piece === first) continue;
    const from = piece.take(length);
    for (let i = 0; i < length; i++)
      if (piece.bytes[from + i] !== first.bytes[start + i]) throw malformed('blocks of different columns', from);
  }
  output.copy(first, start, first.at);
  return Buffer.from(first.bytes.buffer, first.bytes.byteOffset + typeStart, typeLength).toString('latin1');
}

function joinState(pieces: readonly Piece[], output: Output): void {
  const first = pieces[0]!;
  for (const piece of pieces) piece.take(STATE_BYTES);
  output.copy(first, first.at - STATE_BYTES, first.at);
}

/** Leaves in each piece how many items its rows have. */
function joinOffsets(pieces: readonly Piece[], output: Output): void {
  let before = 0;
  for (const piece of pieces) {
    const from = piece.take(piece.rows * 8);
    const to = output.take(piece.rows * 8);
    const target = output.view;
    let last = 0;
    for (let at = 0; at < piece.rows * 8; at += 8) {
      const end = piece.view.getUint32(from + at, true);
      if (end < last || piece.view.getUint32(from + at + 4, true) !== 0) throw piece.malformed('offsets go backwards');
      last = end;
      target.setUint32(to + at, before + end, true);
      target.setUint32(to + at + 4, 0, true);
    }
    piece.items = last;
    before += last;
    if (before > 0xffff_ffff) throw piece.malformed('more items than fit');
  }
}

function joinItems(pieces: readonly Piece[], output: Output, type: string): void {
  const width = WIDTHS[type];
  if (width === undefined && type !== 'String') throw malformed(`unknown type ${type}`, pieces[0]!.at);
  for (const piece of pieces) {
    const start = piece.at;
    if (width === undefined) piece.strings(piece.items);
    else piece.take(piece.items * width);
    output.copy(piece, start, piece.at);
  }
}

function joinDictionaries(pieces: readonly Piece[], output: Output): void {
  let keys = 1;
  let items = 0;
  let latest: Piece | undefined;
  for (const piece of pieces) {
    piece.dictionary();
    items += piece.items;
    if (piece.items === 0) continue;
    piece.said = latest !== undefined && piece.hasKeysOf(latest);
    if (piece.said) piece.shift = latest!.shift;
    else {
      piece.shift = keys - 1;
      keys += piece.keys;
      latest = piece;
    }
  }
  if (items === 0) return;
  const index = keys <= 256 ? 0 : keys <= 65_536 ? 1 : 2;
  output.uint64(HAS_KEYS | index);
  output.uint64(keys);
  output.varuint(0);
  for (const piece of pieces) if (piece.items > 0 && !piece.said) output.copy(piece, piece.keysStart, piece.keysEnd);
  output.uint64(items);
  for (const piece of pieces) writeIndexes(piece, output, 1 << index);
}

function writeIndexes(piece: Piece, output: Output, width: number): void {
  const { bytes: from, items, shift, keys, indexWidth, indexesStart } = piece;
  let to = output.take(items * width);
  const target = output.bytes;
  for (let i = 0, at = indexesStart; i < items; i++, at += indexWidth) {
    let index = from[at]!;
    if (indexWidth > 1) index += from[at + 1]! * 256;
    if (indexWidth > 2) index += from[at + 2]! * 65_536 + from[at + 3]! * 16_777_216;
    if (index > keys) throw malformed('index beyond its dictionary', at);
    if (index > 0) index += shift;
    target[to] = index;
    if (width > 1) target[to + 1] = index >>> 8;
    if (width > 2) {
      target[to + 2] = index >>> 16;
      target[to + 3] = index >>> 24;
    }
    to += width;
  }
}

import { type ByteSource, type Interner, MARK_BITS, type MapColumn, type StringColumn, utf8Cut } from '#base';
import type { IntakeLimits } from './config.ts';
import { doubleText, LETTER, type ValueSlot } from './value.ts';
import { LAST_SPECIAL, WORDS } from './vocabulary.ts';

const VALUE_CUT = MARK_BITS['value-cut'];
const KEY_CUT = MARK_BITS['key-cut'];
const DROPPED = MARK_BITS['attributes-dropped'];
const REPAIRED = MARK_BITS['utf8-repaired'];
const DIFFERED = MARK_BITS['business-id-differed'];
const REPEATED = MARK_BITS['keys-repeated'];
/** Longer values are left to the general way; their length takes one byte. */
const USUAL_BYTES = 112;

/**
 * The attributes of one table's rows: `begin`, any number of `add…`, then `end` or `cancel`. Keys are mostly the same at
 * the same place of the next record, so that is what is asked first.
 */
export class AttributeRows {
  readonly map: MapColumn;
  readonly types: StringColumn;
  /** Type letter of every attribute in the block, as in `LETTER`. */
  letters = new Uint8Array(1_024);
  /** Marks of the row under way. */
  marks = 0;
  dropped = 0;
  /** Where in `map.values` the first value of each special key of the row begins, or -1. */
  readonly specialAt = new Int32Array(LAST_SPECIAL + 1).fill(-1);
  /** Attributes before this row, and bytes of values before it. */
  first = 0;
  valuesAt = 0;

  readonly #interner: Interner;
  readonly #maxAttributes: number;
  readonly #maxKey: number;
  readonly #maxValue: number;
  readonly #guess: Uint32Array;
  #tenant: Uint8Array = new Uint8Array(0);
  #plain = true;
  #special = false;
  /** The last row that had each key, by its place in the block's dictionary. Rows are numbered from 1, across blocks. */
  #lastRow = new Uint32Array(256);
  /** So many keys from the beginning of `#guess` differ from each other; a row of those needs no look. */
  #distinct = 0;
  #row = 0;

  constructor(map: MapColumn, types: StringColumn, interner: Interner, limits: IntakeLimits) {
    this.map = map;
    this.types = types;
    this.#interner = interner;
    this.#maxAttributes = limits.maxAttributes;
    this.#maxKey = limits.maxKeyBytes;
    this.#maxValue = limits.maxValueBytes;
    this.#guess = new Uint32Array(limits.maxAttributes);
  }

  beginBatch(tenant: Uint8Array): void {
    this.#tenant = tenant;
  }

  /** The interner was reset: ids of before mean nothing now. */
  forget(): void {
    this.#distinct = 0;
    this.#guess.fill(0);
  }

  begin(): void {
    this.first = this.map.keys.rows;
    this.valuesAt = this.map.values.length;
    this.marks = 0;
    this.dropped = 0;
    this.#plain = true;
    if (this.#special) {
      this.specialAt.fill(-1);
      this.#special = false;
    }
  }

  addText(source: ByteSource, keyStart: number, keyEnd: number, start: number, end: number): void {
    if (!this.#addUsual(source.view, keyStart, keyEnd, start, end)) this.#addText(source, keyStart, keyEnd, start, end);
  }

  /**
   * The usual attribute: the key that the last record had at this place, and a short ASCII value. All in one function on
   * purpose, with the buffers in locals: a record has a dozen of these, and calls cost more than what they do. Returns
   * false, with nothing changed that is looked at, when something is not as usual.
   */
  #addUsual(from: DataView, keyStart: number, keyEnd: number, start: number, end: number): boolean {
    const { keys, values } = this.map;
    const row = keys.rows;
    const place = row - this.first;
    if (place >= this.#maxAttributes || row >= this.letters.length) return false;
    const id = this.#guess[place]!;
    if (id <= LAST_SPECIAL) return false;
    const interner = this.#interner;
    const known = interner.starts[id]!;
    const keyLength = keyEnd - keyStart;
    if (keyLength < 4 || interner.ends[id]! - known !== keyLength) return false;
    const { arenaView } = interner;
    // Here and below the last word overlaps the one before it, so that no single bytes are left over.
    const lastKey = keyLength - 4;
    if (arenaView.getInt32(known + lastKey, true) !== from.getInt32(keyStart + lastKey, true)) return false;
    for (let i = 0; i < lastKey; i += 4)
      if (arenaView.getInt32(known + i, true) !== from.getInt32(keyStart + i, true)) return false;

    const length = end - start;
    if (length > USUAL_BYTES || length > this.#maxValue || values.length + length + 1 > values.bytes.length)
      return false;
    const to = values.view;
    let at = values.length;
    to.setUint8(at++, length);
    let seen = 0;
    if (length >= 4) {
      const last = length - 4;
      for (let i = 0; i < last; i += 4) {
        const word = from.getInt32(start + i, true);
        seen |= word;
        to.setInt32(at + i, word, true);
      }
      const word = from.getInt32(start + last, true);
      seen |= word;
      to.setInt32(at + last, word, true);
    } else
      for (let i = 0; i < length; i++) {
        const byte = from.getUint8(start + i);
        seen |= byte;
        to.setUint8(at + i, byte);
      }
    if ((seen & 0x80808080) !== 0) return false;
    values.length = at + length;
    values.rows++;
    this.letters[row] = LETTER.string;
    keys.push(id);
    return true;
  }

  #addText(source: ByteSource, keyStart: number, keyEnd: number, start: number, end: number): void {
    let id = this.#key(source, keyStart, keyEnd);
    if (id < 0) return;
    const { values } = this.map;
    if (id <= LAST_SPECIAL && id !== 0) id = this.#specialKey(id, source, start, end);
    let kept = end;
    if (end - start > this.#maxValue) {
      kept = utf8Cut(source.bytes, start, end, this.#maxValue);
      this.marks |= VALUE_CUT;
    }
    if (values.pushText(source, start, kept)) this.marks |= REPAIRED;
    this.#push(id, LETTER.string);
  }

  add(source: ByteSource, keyStart: number, keyEnd: number, value: ValueSlot): void {
    if (value.letter === LETTER.string && value.source === source) {
      this.addText(source, keyStart, keyEnd, value.start, value.end);
      return;
    }
    let id = this.#key(source, keyStart, keyEnd);
    if (id < 0) return;
    if (id <= LAST_SPECIAL && id !== 0) id = this.#specialKey(id, source, 0, 0);
    const letter = pushValue(this.map.values, value, this.#maxValue);
    this.marks |= value.marks;
    if (letter !== LETTER.string) this.#plain = false;
    this.#push(id, letter);
  }

  addInteger(source: ByteSource, keyStart: number, keyEnd: number, low: number, high: number): void {
    let id = this.#key(source, keyStart, keyEnd);
    if (id < 0) return;
    if (id <= LAST_SPECIAL && id !== 0) id = this.#specialKey(id, source, 0, 0);
    this.map.values.pushInteger(low, high);
    this.#plain = false;
    this.#push(id, LETTER.integer);
  }

  /** An attribute of the pipeline's own, not subject to the limits. */
  addOwn(id: number, value: string): void {
    this.#distinct = 0;
    this.map.values.push(value);
    this.#push(id, LETTER.string);
  }

  /** Marks the row when a key is in it twice. All values are kept; what reads one value takes the first. */
  noteRepeated(): void {
    const { keys } = this.map;
    if (keys.rows - this.first <= this.#distinct) return;
    if (this.#row === 0xffff_ffff || keys.entryCount > this.#lastRow.length) {
      this.#lastRow = new Uint32Array(Math.max(this.#lastRow.length, keys.entryCount * 2));
      this.#row = 0;
    }
    const row = ++this.#row;
    const last = this.#lastRow;
    const { indexes, entries, rows } = keys;
    const guess = this.#guess;
    let distinct = true;
    for (let i = this.first; i < rows; i++) {
      const place = indexes[i]!;
      if (last[place] === row) this.marks |= REPEATED;
      if (last[place] === row || guess[i - this.first] !== entries[place]) distinct = false;
      last[place] = row;
    }
    this.#distinct = distinct ? rows - this.first : 0;
  }

  get count(): number {
    return this.map.keys.rows - this.first;
  }

  end(): void {
    this.map.endRow();
    if (this.#plain) this.types.pushEmpty();
    else this.types.pushBytes(this.letters, this.first, this.map.keys.rows);
  }

  /** Forgets the row under way. */
  cancel(): void {
    this.map.keys.rows = this.first;
    this.map.values.truncate(this.first, this.valuesAt);
  }

  /** Interner id of the stored text of a special key's first value in this row; 0 when absent or empty. */
  specialValue(id: number): number {
    const at = this.specialAt[id]!;
    if (at < 0) return 0;
    const { bytes } = this.map.values;
    let length = 0;
    let start = at;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[start++]!;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    return this.#interner.intern(this.map.values, start, start + length);
  }

  #push(id: number, letter: number): void {
    const at = this.map.keys.rows;
    if (at === this.letters.length) {
      const larger = new Uint8Array(at * 2);
      larger.set(this.letters);
      this.letters = larger;
    }
    this.letters[at] = letter;
    this.map.keys.push(id);
  }

  #key(source: ByteSource, start: number, end: number): number {
    const place = this.map.keys.rows - this.first;
    if (place >= this.#maxAttributes) {
      this.dropped++;
      this.marks |= DROPPED;
      return -1;
    }
    const guess = this.#guess[place]!;
    if (guess !== 0 && this.#interner.matches(guess, source.view, start, end)) return guess;
    this.#distinct = 0;
    let kept = end;
    if (end - start > this.#maxKey) {
      kept = utf8Cut(source.bytes, start, end, this.#maxKey);
      this.marks |= KEY_CUT;
    }
    const id = this.#interner.intern(source, start, kept);
    const wellFormed = this.#interner.wellFormed(id);
    if (wellFormed !== id) this.marks |= REPAIRED;
    else this.#guess[place] = id;
    return wellFormed;
  }

  /** Only a text equal to the tenant's id is a true `business_id`; any other is kept under a name that says so. */
  #specialKey(id: number, source: ByteSource, start: number, end: number): number {
    if (this.specialAt[id] === -1) this.specialAt[id] = this.map.values.length;
    this.#special = true;
    if (id !== WORDS.business_id) return id;
    const tenant = this.#tenant;
    let same = end - start === tenant.length;
    for (let i = 0; same && i < tenant.length; i++) same = source.bytes[start + i] === tenant[i];
    if (same) return id;
    this.marks |= DIFFERED;
    return WORDS['hanok.claimed_business_id'];
  }
}

/** Appends a value as text and returns the letter it is kept under: a cut array or map is no JSON any more, so a string. */
export function pushValue(column: StringColumn, value: ValueSlot, limit: number): number {
  switch (value.letter) {
    case LETTER.string: {
      const kept = utf8Cut(value.source.bytes, value.start, value.end, limit);
      if (kept < value.end) value.marks |= VALUE_CUT;
      if (column.pushText(value.source, value.start, kept)) value.marks |= REPAIRED;
      return LETTER.string;
    }
    case LETTER.integer:
      column.pushInteger(value.low, value.high);
      return LETTER.integer;
    case LETTER.boolean:
      column.pushAscii(value.low === 0 ? 'false' : 'true');
      return LETTER.boolean;
    case LETTER.double:
      column.pushAscii(doubleText(value.double));
      return LETTER.double;
    case LETTER.none:
      column.pushEmpty();
      return LETTER.none;
    case LETTER.bytes: {
      // Four characters each stand for three bytes: cut between them.
      const kept = Math.min(value.end, value.start + Math.floor(limit / 4) * 4);
      if (kept < value.end) value.marks |= VALUE_CUT;
      column.pushRange(value.source, value.start, kept);
      return LETTER.bytes;
    }
    default: {
      const kept = utf8Cut(value.source.bytes, value.start, value.end, limit);
      column.pushRange(value.source, value.start, kept);
      if (kept === value.end) return value.letter;
      value.marks |= VALUE_CUT;
      return LETTER.string;
    }
  }
}

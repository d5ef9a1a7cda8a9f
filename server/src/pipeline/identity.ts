import { type Interner, type StringColumn, utf8Bytes } from '#base';
import type { AttributeRows } from './attributes.ts';
import { Hash128 } from './hash.ts';

/** Separates the uses of the hash; part of every stored id. */
const ATTRIBUTE_SEED = 0x48616e6b;

/**
 * Ids of resources, scopes and series (FORMAT.md, "Ids"). Attributes are an unordered bag: each pair is hashed by
 * itself and the hashes are added, so that a sender who shuffles them makes no new series.
 */
export class Identity {
  readonly #interner: Interner;
  readonly #pair = new Hash128();
  readonly #whole = new Hash128();
  /** Four hash words of each interned key, all zero while unknown. */
  #keyWords = new Int32Array(4 * 1_024);
  #tenant: readonly [number, number, number, number] = [0, 0, 0, 0];
  readonly #fixed = new DataView(new ArrayBuffer(64));
  #fixedLength = 0;

  /** The result of `finish`: the first eight bytes of the hash. */
  low = 0;
  high = 0;

  constructor(interner: Interner) {
    this.#interner = interner;
  }

  forget(): void {
    this.#keyWords.fill(0);
  }

  beginBatch(tenant: Uint8Array): void {
    this.#whole.seed(1, 1, 1, 1);
    this.#whole.update(new DataView(tenant.buffer, tenant.byteOffset, tenant.byteLength), 0, tenant.length);
    const { a, b, c, d } = this.#whole;
    this.#tenant = [a, b, c, d];
  }

  /** Begins an id of the tenant; `kind` keeps resources, scopes, series and field values apart. */
  begin(kind: number): void {
    const [a, b, c, d] = this.#tenant;
    this.#whole.seed(a ^ kind, b, c, d);
    this.#fixedLength = 0;
  }

  word(value: number): void {
    this.#fixed.setInt32(this.#fixedLength, value, true);
    this.#fixedLength += 4;
  }

  text(text: string): void {
    const bytes = utf8Bytes(text);
    this.#whole.update(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
  }

  bytes(view: DataView, start: number, end: number): void {
    this.#whole.update(view, start, end);
  }

  /** The text of an interned id. */
  name(id: number): void {
    this.#whole.update(this.#interner.arenaView, this.#interner.starts[id]!, this.#interner.ends[id]!);
  }

  /** The last value of a column: its length and its bytes. */
  column(column: StringColumn, at: number): void {
    this.#whole.update(column.view, at, column.length);
  }

  /** The row under way in `rows`, not yet ended. */
  attributes(rows: AttributeRows): void {
    const { keys, values } = rows.map;
    const { bytes, view } = values;
    const pair = this.#pair;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let at = rows.valuesAt;
    for (let i = rows.first; i < keys.rows; i++) {
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++]!;
        length |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      this.#seedWithKey(keys.entries[keys.indexes[i]!]!, rows.letters[i]!);
      pair.update(view, at, at + length);
      at += length;
      a = (a + pair.a) | 0;
      b = (b + pair.b) | 0;
      c = (c + pair.c) | 0;
      d = (d + pair.d) | 0;
    }
    this.word(a);
    this.word(b);
    this.word(c);
    this.word(d);
    this.word(keys.rows - rows.first);
  }

  /** One attribute's value by itself; for the sample of values. `at` is where its bytes begin. */
  value(key: number, letter: number, view: DataView, start: number, end: number): void {
    this.#seedWithKey(key, letter);
    this.#pair.update(view, start, end);
    this.low = this.#pair.a;
    this.high = this.#pair.b;
  }

  finish(): void {
    this.#whole.update(this.#fixed, 0, this.#fixedLength);
    this.low = this.#whole.a >>> 0;
    this.high = this.#whole.b >>> 0;
    // 0 means "none" in the tables.
    if (this.low === 0 && this.high === 0) this.low = 1;
  }

  #seedWithKey(id: number, letter: number): void {
    const at = id * 4;
    if (at >= this.#keyWords.length) {
      const larger = new Int32Array(Math.max(at + 4, this.#keyWords.length * 2));
      larger.set(this.#keyWords);
      this.#keyWords = larger;
    }
    const words = this.#keyWords;
    const pair = this.#pair;
    if (words[at] === 0 && words[at + 1] === 0) {
      pair.seed(ATTRIBUTE_SEED, ATTRIBUTE_SEED, ATTRIBUTE_SEED, ATTRIBUTE_SEED);
      pair.update(this.#interner.arenaView, this.#interner.starts[id]!, this.#interner.ends[id]!);
      words[at] = pair.a;
      words[at + 1] = pair.b;
      words[at + 2] = pair.c;
      words[at + 3] = pair.d;
    }
    pair.seed(words[at]! ^ letter, words[at + 1]!, words[at + 2]!, words[at + 3]!);
  }
}

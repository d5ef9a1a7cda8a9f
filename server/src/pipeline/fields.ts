import { BlockWriter, type ColumnsOf, type Interner, LAYOUTS, openColumns } from '#base';
import type { AttributeRows } from './attributes.ts';
import type { Counted } from './cardinality/ledger.ts';
import type { NameGate } from './cardinality/name-gate.ts';
import { HeldCounts } from './held-counts.ts';
import type { Identity } from './identity.ts';
import { KIND, type KnownIds } from './known-ids.ts';
import { LETTER } from './value.ts';
import { WORDS } from './vocabulary.ts';

const LETTERS = Object.values(LETTER);
const LETTER_PLACES = new Uint8Array(128);
LETTERS.forEach((letter, place) => {
  LETTER_PLACES[letter] = place;
});
const LETTER_WORDS = LETTERS.map((letter) => WORDS[String.fromCharCode(letter) as 's']);
/** Per batch; a request with more different keys and values than this is not worth completing. */
const MAX_ROWS = 10_000;
/** Longer values are no help for completion. */
const MAX_SAMPLED_BYTES = 128;

const NOTHING = new DataView(new ArrayBuffer(0));

/**
 * Rows of `fields`: keys, with how often they came, and the values of sampled records that were not told before today. A
 * key that is not known to be stored today is told in every block it is in; one that is, now and then (`HeldCounts`). A
 * sampled value's own count is 1 per time it is told, not how often it came.
 */
export class FieldRows {
  readonly writer: BlockWriter;
  readonly #columns: ColumnsOf<typeof LAYOUTS.fields.types>;
  readonly #identity: Identity;
  readonly #known: KnownIds;
  readonly #names: NameGate;
  readonly #held = new HeldCounts();
  #counts = new Uint32Array(8 * 256);
  #now = 0;
  #tenant = 0;
  #tenantNumber = 0;
  #knownSpace = 0;
  #signal = 0;
  #counted: Counted = 'keys-logs';
  #retention = 0;

  constructor(interner: Interner, identity: Identity, known: KnownIds, names: NameGate) {
    this.#names = names;
    this.#columns = openColumns(LAYOUTS.fields.types, interner);
    this.writer = new BlockWriter('fields', this.#columns);
    this.#identity = identity;
    this.#known = known;
  }

  /** @param now of arrival, Unix seconds. */
  beginBatch(
    tenant: number,
    tenantNumber: number,
    knownSpace: number,
    signal: number,
    retention: number,
    now: number,
  ): void {
    this.#now = now;
    this.#tenant = tenant;
    this.#tenantNumber = tenantNumber;
    this.#knownSpace = knownSpace;
    this.#signal = signal;
    this.#counted = signal === WORDS.logs ? 'keys-logs' : signal === WORDS.traces ? 'keys-traces' : 'keys-metrics';
    this.#retention = retention;
  }

  /** Values of the row under way, not yet ended. */
  sample(rows: AttributeRows, source: number, day: number): void {
    const { keys, values } = rows.map;
    let at = rows.valuesAt;
    for (let i = rows.first; i < keys.rows; i++) {
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = values.bytes[at++]!;
        length |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      const start = at;
      at += length;
      const letter = rows.letters[i]!;
      if (length === 0 || length > MAX_SAMPLED_BYTES || this.writer.rows >= MAX_ROWS) continue;
      if (letter === LETTER.bytes || letter === LETTER.array || letter === LETTER.map) continue;
      const key = keys.entries[keys.indexes[i]!]!;
      if (!this.#names.name(this.#counted, key, 0)) continue;
      this.#identity.value(key, letter, values.view, start, at);
      // The source and the signal belong to what is known.
      const low = this.#identity.low ^ (source * 64 + this.#signal);
      const { high } = this.#identity;
      if (!this.#known.needs(KIND.field, day, this.#knownSpace, low, high)) continue;
      this.#known.added(KIND.field, day, this.#knownSpace, low, high);
      this.#head(source, day, key, LETTER_PLACES[letter]!, 1);
      this.#columns.value.pushBytes(values.bytes, start, at);
    }
  }

  /** The keys of all rows of a block; once, before it is sealed. */
  count(rows: AttributeRows, source: number, day: number): void {
    const { keys } = rows.map;
    if (keys.rows === 0) return;
    const size = keys.entryCount * 8;
    if (size > this.#counts.length) this.#counts = new Uint32Array(size * 2);
    const counts = this.#counts;
    const { indexes } = keys;
    const { letters } = rows;
    for (let i = 0; i < keys.rows; i++) counts[indexes[i]! * 8 + LETTER_PLACES[letters[i]!]!]!++;
    for (let i = 0; i < size; i++) {
      const count = counts[i]!;
      if (count === 0) continue;
      counts[i] = 0;
      if (this.writer.rows >= MAX_ROWS) continue;
      const key = keys.entries[i >>> 3]!;
      if (!this.#names.name(this.#counted, key)) continue;
      const told = this.#told(source, day, key, LETTERS[i & 7]!, count);
      if (told === 0) continue;
      this.#head(source, day, key, i & 7, told);
      this.#columns.value.pushEmpty();
    }
    if (counts.length > 1 << 20) this.#counts = new Uint32Array(8 * 256);
  }

  /** How many of a key are to be told in this block. */
  #told(source: number, day: number, key: number, letter: number, count: number): number {
    // No value is empty in `sample`, so that this stands for the key itself.
    this.#identity.value(key, letter, NOTHING, 0, 0);
    const low = this.#identity.low ^ (source * 64 + this.#signal);
    const { high } = this.#identity;
    const space = this.#knownSpace;
    if (this.#known.needs(KIND.field, day, space, low, high)) {
      this.#known.added(KIND.field, day, space, low, high);
      return count;
    }
    return this.#held.add(
      low ^ Math.imul(this.#tenantNumber, 0x9e3779b1) ^ Math.imul(day, 0x85ebca6b),
      high,
      count,
      this.#now,
    );
  }

  #head(source: number, day: number, key: number, place: number, count: number): void {
    const to = this.#columns;
    to.tenant.push(this.#tenant);
    to.day.push(day);
    to.signal.push(this.#signal);
    to.source.push(source);
    to.key.push(key);
    to.type.push(LETTER_WORDS[place]!);
    to.count.push(count, 0);
    to.retention_days.push(this.#retention);
  }
}

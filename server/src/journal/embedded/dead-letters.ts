import { join } from 'node:path';
import { type Clock, type Counter, type Entry, isHanokError, type Log } from '#base';
import { fail, messageOf } from '../errors.ts';
import type { FileSystem } from '../fs.ts';
import type { DeadLetter } from '../port.ts';
import type { DamageLog } from './damage.ts';
import {
  batchOf,
  decodeSegmentHeader,
  encodeEntryHeader,
  encodeSegmentHeader,
  entryHeaderBytes,
  entryMarker,
  SEGMENT_HEADER_BYTES,
} from './format.ts';
import { Scan, scanWindow } from './scan.ts';
import { createWhole } from './segment-file.ts';

const FOLDER = 'dead-letters';
const SUFFIX = '.dead';
/** How many are listed in stats. */
const LISTED = 100;

export interface DeadLetterDeps {
  readonly fs: FileSystem;
  readonly dir: string;
  readonly clock: Clock;
  readonly nonce: () => bigint;
  readonly log: Log;
  readonly counter: Counter;
  readonly damages: DamageLog;
}

/**
 * Entries that no consumer can handle, each call in a file of its own: a segment whose first entry is a note with the
 * reason. The name is made of source and range, so putting aside the same again after a crash replaces the file.
 */
export class DeadLetters {
  readonly #deps: DeadLetterDeps;
  readonly #dir: string;
  readonly #listed = new Map<string, DeadLetter>();
  #entries = 0;
  #bytes = 0;

  constructor(deps: DeadLetterDeps) {
    this.#deps = deps;
    this.#dir = join(deps.dir, FOLDER);
  }

  get stats() {
    return { entries: this.#entries, bytes: this.#bytes, files: [...this.#listed.values()] };
  }

  /** Lists what earlier runs put aside and reads it through. Damage is reported; the file stays where it is. */
  async open(journalFiles: readonly string[]): Promise<void> {
    if (!journalFiles.includes(FOLDER)) return;
    const files = (await this.#deps.fs.readdir(this.#dir)).filter((file) => file.endsWith(SUFFIX)).sort();
    for (const file of files) {
      try {
        const { letter, missing } = await this.#read(file, false);
        this.#list(letter);
        if (missing > 0)
          this.#damaged(file, letter.bytes, `${missing} of ${letter.entries} entries put aside are damaged`);
      } catch (error) {
        this.#damaged(file, 0, `a dead-letter file cannot be read: ${messageOf(error)}`);
      }
    }
  }

  /** Nothing of the stream is lost by it: what lies here was already refused by the store. */
  #damaged(file: string, bytes: number, reason: string): void {
    this.#deps.damages.report({
      file: `${FOLDER}/${file}`,
      offset: 0,
      bytes,
      first: 0n,
      last: -1n,
      acknowledged: true,
      tenant: undefined,
      reason,
    });
  }

  /** Durable before it resolves. */
  async putAside(source: string, entries: readonly Entry[], reason: string): Promise<void> {
    if (entries.length === 0) return;
    const first = entries[0]!.sequence;
    const last = entries.at(-1)!.sequence;
    const file = `${source}-${first}-${last}${SUFFIX}`;
    await this.#write({ file, source, first, last, reason, deadLetteredAt: this.#deps.clock.now() }, entries);
    this.#deps.counter.add(entries.length);
    this.#deps.log.error(
      { file, source, first: String(first), last: String(last), entries: entries.length, reason },
      'entries were put aside',
    );
  }

  async #write(about: Named, entries: readonly Entry[]): Promise<void> {
    const { fs, nonce } = this.#deps;
    const { file, source, first, last, reason, deadLetteredAt } = about;
    const random = nonce();
    const marker = entryMarker(random);
    const tenants: Record<string, number> = {};
    for (const { batch } of entries) tenants[batch.tenant] = (tenants[batch.tenant] ?? 0) + 1;
    const note = Buffer.from(JSON.stringify({ source, reason, entries: entries.length, tenants, deadLetteredAt }));
    const header = encodeSegmentHeader({
      number: 0n,
      nonce: random,
      first,
      createdAt: deadLetteredAt,
      previous: { number: 0n, length: 0, last, records: 0, confirmed: 0n, nonce: 0n },
    });
    const content: Uint8Array[] = [header];
    const lay = (body: Entry['batch'] | { note: Uint8Array }, sequence: bigint, appendedAt: number) => {
      const head = Buffer.allocUnsafe(entryHeaderBytes(body));
      encodeEntryHeader(head, 0, marker, { sequence, durable: last, appendedAt }, body);
      content.push(head);
    };
    lay({ note }, first, deadLetteredAt);
    content.push(note);
    for (const entry of entries) {
      lay(entry.batch, entry.sequence, entry.appendedAt);
      for (const block of entry.batch.blocks) content.push(block.bytes);
    }
    try {
      await fs.makeDirectory(this.#dir);
      const written = await createWhole(fs, join(this.#dir, file), content);
      await written.close().catch(() => {});
    } catch (cause) {
      throw fail('journal.dead-letter-failed', `cannot write the dead-letter file ${file}: ${messageOf(cause)}`, {
        cause,
      });
    }
    const bytes = content.reduce((sum, piece) => sum + piece.length, 0);
    this.#list({ file, source, first, last, entries: entries.length, tenants, bytes, reason, deadLetteredAt });
  }

  /** Entries of the tenant's, and how many files cannot be read whole, so that nobody can tell. */
  async heldOf(tenant: string): Promise<{ readonly entries: number; readonly damagedFiles: number }> {
    let [entries, damagedFiles] = [0, 0];
    for (const { found } of await this.#whole()) {
      if (found === undefined) damagedFiles++;
      else entries += found.entries.filter(({ batch }) => batch.tenant === tenant).length;
    }
    return { entries, damagedFiles };
  }

  /** Durable when it resolves. A file that cannot be read whole stays as it is, for a person to look at. */
  async removeTenant(tenant: string): Promise<void> {
    for (const { file, found } of await this.#whole()) {
      if (found === undefined) continue;
      const { letter, entries } = found;
      const others = entries.filter(({ batch }) => batch.tenant !== tenant);
      if (others.length === entries.length) continue;
      if (others.length > 0) {
        await this.#write(letter, others);
        continue;
      }
      await this.#deps.fs.unlink(join(this.#dir, file));
      await this.#deps.fs.syncDirectory(this.#dir);
      this.#unlist(file);
    }
  }

  async #whole() {
    const names = await this.#deps.fs.readdir(this.#dir).catch(() => []);
    const files = names.filter((file) => file.endsWith(SUFFIX)).sort();
    const all = [];
    for (const file of files) all.push({ file, found: await this.#read(file, true).catch(() => undefined) });
    return all;
  }

  async readDeadLetter(file: string): Promise<Entry[]> {
    if (!/^[a-z0-9-]+\.dead$/.test(file))
      throw fail('journal.dead-letter-damaged', `${JSON.stringify(file)} is not the name of a dead-letter file`);
    try {
      return (await this.#read(file, true)).entries;
    } catch (cause) {
      if (isHanokError(cause)) throw cause;
      throw fail('journal.read-failed', `cannot read the dead-letter file ${file}: ${messageOf(cause)}`, {
        at: file,
        cause,
      });
    }
  }

  #list(letter: DeadLetter): void {
    this.#unlist(letter.file);
    this.#entries += letter.entries;
    this.#bytes += letter.bytes;
    this.#listed.set(letter.file, letter);
    if (this.#listed.size > LISTED) this.#listed.delete(this.#listed.keys().next().value!);
  }

  #unlist(file: string): void {
    const known = this.#listed.get(file);
    if (!known) return;
    this.#entries -= known.entries;
    this.#bytes -= known.bytes;
    this.#listed.delete(file);
  }

  async #read(file: string, strict: boolean): Promise<{ letter: DeadLetter; entries: Entry[]; missing: number }> {
    const damaged = (what: string) => fail('journal.dead-letter-damaged', `${file}: ${what}`, { at: file });
    const handle = await this.#deps.fs.open(join(this.#dir, file), 'read');
    try {
      const size = await handle.size();
      const page = Buffer.alloc(SEGMENT_HEADER_BYTES);
      const read = await handle.read(page, 0, page.length, 0);
      const header = decodeSegmentHeader(page.subarray(0, read));
      if (typeof header !== 'object') throw damaged('its header is damaged or of a later format');
      const window = scanWindow(size);
      const range = { offset: SEGMENT_HEADER_BYTES, end: size };
      const scan = new Scan(handle, entryMarker(header.nonce), range, window);
      const first = await scan.find();
      const note = first && first.skipped === 0 ? await scan.take(first) : undefined;
      const said = note && parseNote(note);
      if (!said) throw damaged('the note with the reason is damaged');
      const entries: Entry[] = [];
      let whole = 0;
      for (let found = await scan.find(); found; found = await scan.find()) {
        if (!strict) {
          if (await scan.verify(found)) whole++;
          continue;
        }
        const payload = await scan.take(found);
        const batch = payload && batchOf(found.header, payload);
        if (!batch) continue;
        const { sequence, appendedAt, headerBytes, payloadBytes } = found.header;
        entries.push({ sequence, batch, size: headerBytes + payloadBytes, appendedAt });
      }
      if (strict && entries.length !== said.entries)
        throw damaged(
          `${entries.length} of ${said.entries} entries are whole: ${entries.map((entry) => entry.sequence).join(', ')}`,
        );
      const missing = said.entries - (strict ? entries.length : whole);
      return {
        letter: { file, first: header.first, last: header.previous.last, bytes: size, ...said },
        entries,
        missing,
      };
    } finally {
      await handle.close();
    }
  }
}

type Named = Pick<DeadLetter, 'file' | 'source' | 'first' | 'last' | 'reason' | 'deadLetteredAt'>;
type NoteText = Pick<DeadLetter, 'source' | 'reason' | 'entries' | 'tenants' | 'deadLetteredAt'>;

function parseNote(bytes: Buffer): NoteText | undefined {
  const note: unknown = JSON.parse(bytes.toString('utf8'));
  if (typeof note !== 'object' || note === null) return undefined;
  const { source, reason, entries, tenants, deadLetteredAt: at, buriedAt } = note as Record<string, unknown>;
  // Named otherwise by the first versions.
  const deadLetteredAt = at ?? buriedAt;
  if (typeof source !== 'string' || typeof reason !== 'string') return undefined;
  if (typeof entries !== 'number' || typeof deadLetteredAt !== 'number') return undefined;
  const counts =
    typeof tenants === 'object' && tenants !== null
      ? Object.fromEntries(Object.entries(tenants).filter((one): one is [string, number] => typeof one[1] === 'number'))
      : undefined;
  return { source, reason, entries, ...(counts && { tenants: counts }), deadLetteredAt };
}

import { join } from 'node:path';
import type { Counter, Log } from '#base';
import { messageOf, osCode } from '../errors.ts';
import type { FileSystem, JournalFile } from '../fs.ts';
import type { Damage } from '../port.ts';
import { lastOf, type Segment } from './ledger.ts';
import { Scan, scanWindow } from './scan.ts';
import { createWhole } from './segment-file.ts';

/** Folder of the evidence: per damaged place what is known about it, and the bytes as they were found. */
export const DAMAGED_FOLDER = 'damaged';
const KEPT = 100;
/** Evidence is of use to a person; a disk that fails everywhere must not be filled with it. */
const MOST_EVIDENCE_BYTES = 64 * 1024 ** 2;
const PIECE_BYTES = 1024 ** 2;

export interface DamageDeps {
  readonly fs: FileSystem;
  /** The journal's own. */
  readonly dir: string;
  readonly log: Log;
  /** Counts entries lost, and damaged places. */
  readonly entries: Counter;
  readonly places: Counter;
}

/**
 * What was found damaged, each place once however many consumers come by it and however often the program starts: it is
 * kept in a folder of its own until a person removes that.
 */
export class DamageLog {
  readonly #deps: DamageDeps;
  /** Told when acknowledged entries are found to be lost. */
  onLost: () => void = () => {};
  readonly #seen = new Set<string>();
  readonly #newest: Damage[] = [];
  #fresh: Damage[] = [];
  #entries = 0;
  #evidenceBytes = 0;

  constructor(deps: DamageDeps) {
    this.#deps = deps;
  }

  /** Acknowledged entries lost, also in earlier lives that are still on record. */
  get entries(): number {
    return this.#entries;
  }

  get newest(): readonly Damage[] {
    return [...this.#newest];
  }

  /** Takes up what earlier lives recorded. Nothing here can keep a journal from opening. */
  async open(): Promise<void> {
    for (const { damage, bytes } of await readDamages(this.#deps.fs, this.#deps.dir)) {
      this.#evidenceBytes += bytes;
      if (this.#note(damage)) this.#entries += damage.acknowledged ? entriesOf(damage) : 0;
    }
  }

  report(damage: Damage): void {
    if (!this.#note(damage)) return;
    const entries = entriesOf(damage);
    const fields = {
      ...damage,
      first: String(damage.first),
      last: String(damage.last),
      minTime: String(damage.minTime ?? ''),
      maxTime: String(damage.maxTime ?? ''),
      entries,
    };
    this.#deps.places.add(1);
    if (damage.acknowledged) {
      this.#entries += entries;
      this.#deps.entries.add(entries);
      if (entries > 0) this.onLost();
      this.#deps.log.error(fields, 'journal data is damaged and left out');
    } else {
      this.#deps.log.warn(fields, 'journal entries of an unfinished write are left out');
    }
    this.#fresh.push(damage);
  }

  /**
   * Reports bytes about to be cut off a segment's end, on record before they are gone. Whole headers in them say whose
   * entries they may have been.
   */
  async cut(file: JournalFile, segment: Segment, size: number): Promise<void> {
    try {
      const offset = segment.length;
      const range = { offset, end: size };
      const scan = new Scan(file, segment.marker ?? Buffer.alloc(12), range, scanWindow(size - offset), true);
      const tenants = new Set<string>();
      const first = lastOf(segment) + 1n;
      let last = first;
      let records = 0;
      let appendedBefore = 0;
      for (let found = await scan.find(); found; found = await scan.find()) {
        if (found.header.tenant !== undefined) tenants.add(found.header.tenant);
        records += found.header.records;
        if (found.header.sequence > last) last = found.header.sequence;
        appendedBefore = found.header.appendedAt;
        scan.pass(found);
      }
      this.report({
        file: segment.file,
        offset,
        bytes: size - offset,
        first,
        last,
        acknowledged: false,
        tenant: tenants.size === 1 ? [...tenants][0] : undefined,
        records: records === 0 ? undefined : records,
        appendedAfter: 0,
        appendedBefore,
        reason: 'an unfinished write, or the end of the journal was damaged: the bytes cannot tell which',
      });
      await this.keep();
    } catch (error) {
      this.#deps.log.warn({ file: segment.file, error: messageOf(error) }, 'what is cut off cannot be looked at');
    }
  }

  /** Puts what was reported on record, with the bytes. A record that cannot be written is only logged. */
  async keep(): Promise<void> {
    const fresh = this.#fresh;
    if (fresh.length === 0) return;
    this.#fresh = [];
    const { fs, dir, log } = this.#deps;
    const folder = join(dir, DAMAGED_FOLDER);
    for (const damage of fresh) {
      const name = nameOf(damage);
      try {
        await fs.makeDirectory(folder);
        const evidence = await this.#evidence(damage);
        if (evidence.length > 0) await put(fs, join(folder, `${name}.bytes`), evidence);
        await put(fs, join(folder, `${name}.json`), [Buffer.from(encode(damage))]);
      } catch (error) {
        log.warn({ file: damage.file, error: messageOf(error) }, 'what is known of a damaged place cannot be kept');
      }
    }
  }

  /** Places on record, with bytes, of which nobody can tell whose they are. */
  async unknownPlaces(): Promise<number> {
    const all = await readDamages(this.#deps.fs, this.#deps.dir);
    return all.filter(({ damage, bytes }) => damage.tenant === undefined && bytes > 0).length;
  }

  /** Deletes what is on record of a tenant's damaged places, and forgets it. */
  async removeTenant(tenant: string): Promise<void> {
    const { fs, dir } = this.#deps;
    const folder = join(dir, DAMAGED_FOLDER);
    const own = (await readDamages(fs, dir)).filter(({ damage }) => damage.tenant === tenant);
    for (const { damage, bytes } of own) {
      const name = nameOf(damage);
      // The record last: while it is there the other file is found again.
      await fs.unlink(join(folder, `${name}.bytes`)).catch((error: unknown) => {
        if (osCode(error) !== 'ENOENT') throw error;
      });
      await fs.unlink(join(folder, `${name}.json`));
      this.#evidenceBytes -= bytes;
    }
    if (own.length > 0) await fs.syncDirectory(folder);
    for (let at = this.#newest.length - 1; at >= 0; at--)
      if (this.#newest[at]!.tenant === tenant) this.#newest.splice(at, 1);
  }

  #note(damage: Damage): boolean {
    const key = nameOf(damage);
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    this.#newest.push(damage);
    if (this.#newest.length > KEPT) this.#newest.shift();
    return true;
  }

  async #evidence(damage: Damage): Promise<Uint8Array[]> {
    const { fs, dir } = this.#deps;
    const room = MOST_EVIDENCE_BYTES - this.#evidenceBytes;
    const bytes = Math.min(damage.bytes, room);
    if (bytes <= 0) return [];
    this.#evidenceBytes += bytes;
    const pieces: Uint8Array[] = [];
    const file = await fs.open(join(dir, damage.file), 'read');
    try {
      for (let done = 0; done < bytes; ) {
        const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, bytes - done));
        const count = await file.read(piece, 0, piece.length, damage.offset + done);
        if (count === 0) break;
        pieces.push(piece.subarray(0, count));
        done += count;
      }
    } catch {
      // What the disk does not give cannot be kept.
    } finally {
      await file.close();
    }
    return pieces;
  }
}

async function put(fs: FileSystem, path: string, content: readonly Uint8Array[]): Promise<void> {
  await (await createWhole(fs, path, content)).close();
}

function nameOf({ file, first, offset }: Damage): string {
  return `${file.replaceAll('/', '-')}-${offset}-${first}`;
}

/** Sequences lost; none where only a copy of something was damaged. */
export function entriesOf({ first, last }: Pick<Damage, 'first' | 'last'>): number {
  return Math.max(0, Number(last - first) + 1);
}

function encode(damage: Damage): string {
  return JSON.stringify(damage, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** What is on record in a journal's directory, oldest name first, with the bytes of its record. */
export async function readDamages(fs: FileSystem, dir: string): Promise<{ damage: Damage; bytes: number }[]> {
  const folder = join(dir, DAMAGED_FOLDER);
  const names = await fs.readdir(folder).catch(() => []);
  const found: { damage: Damage; bytes: number }[] = [];
  for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
    try {
      const file = await fs.open(join(folder, name), 'read');
      try {
        const bytes = Buffer.alloc(Math.min(await file.size(), 64 * 1024));
        await file.read(bytes, 0, bytes.length, 0);
        const damage = decode(bytes.toString('utf8'));
        if (damage) found.push({ damage, bytes: damage.bytes });
      } finally {
        await file.close();
      }
    } catch {
      // A record of damage that is damaged itself: the log had it once.
    }
  }
  return found;
}

function decode(text: string): Damage | undefined {
  const fields = JSON.parse(text) as Record<string, unknown>;
  const { file, offset, bytes, first, last, reason, tenant } = fields;
  if (typeof file !== 'string' || typeof reason !== 'string') return undefined;
  if (typeof first !== 'string' || typeof last !== 'string') return undefined;
  const number = (of: unknown) => (typeof of === 'number' ? of : 0);
  const nanos = (of: unknown) => (typeof of === 'string' ? BigInt(of) : undefined);
  return {
    file,
    offset: number(offset),
    bytes: number(bytes),
    first: BigInt(first),
    last: BigInt(last),
    acknowledged: fields['acknowledged'] === true,
    tenant: typeof tenant === 'string' ? tenant : undefined,
    records: typeof fields['records'] === 'number' ? fields['records'] : undefined,
    minTime: nanos(fields['minTime']),
    maxTime: nanos(fields['maxTime']),
    appendedAfter: number(fields['appendedAfter']),
    appendedBefore: number(fields['appendedBefore']),
    reason,
  };
}

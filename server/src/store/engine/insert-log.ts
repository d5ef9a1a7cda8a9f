import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { isAbsent, syncPath } from './durable.ts';

/**
 * Which inserts happened, so that one repeated after a crash happens once.
 *
 * The engine's own memory of insert tokens does not survive a power cut together with the parts it speaks of. So
 * before an insert the highest block number of each table it fills is written here, and after it, once its parts and
 * their names are synced, that it is done. Whoever opens the log takes back what was begun and not done: block numbers
 * only rise, so every part with a higher one is of that insert. A part merged from older ones and new ones goes too;
 * the older ones it was made of are still there (`OLD_PARTS_SECONDS`) and count again.
 *
 * Lines `crc32-in-hex JSON`, in a file made to its full size at once, so that a sync writes nothing but the line. It
 * is replaced by a short one when it is full and whenever it is opened. Unreadable lines were never answered for: a
 * group of lines is synced before the next is written.
 */
export class InsertLog {
  readonly #path: string;
  readonly #data: string;
  readonly #done: Set<string>;
  #file: FileHandle | undefined;
  #at = 0;
  #waiting: { readonly line: string; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  #writing: Promise<void> | undefined;
  readonly #busy = new Map<string, Promise<unknown>>();
  readonly #begun = new Map<string, Begun>();

  private constructor(path: string, data: string, done: Set<string>) {
    this.#path = path;
    this.#data = data;
    this.#done = done;
  }

  /** `engine`: holds `data`, which no engine may have open. `said` hears what was taken back. */
  static async open(engine: string, said: (what: string) => void): Promise<InsertLog> {
    const path = join(engine, 'inserts.log');
    const data = join(engine, 'data');
    const { done, begun } = await readLines(path);
    for (const one of begun.values())
      for (const [table, highest] of one.tables) await takeBack(join(data, table), highest, said);
    const log = new InsertLog(path, data, done);
    await log.#renew();
    return log;
  }

  /**
   * Runs `insert`, which must leave the tables in `paths` (below `data`) with all of it or reject, unless the insert
   * of this `token` is done already. Inserts into one table run one after another. Rejects with `InsertUnclear` when
   * part of it may be there: only opening the log again, with the engine closed, tells.
   */
  async run(token: string, paths: readonly string[], insert: () => Promise<void>): Promise<void> {
    const before = paths.map((path) => this.#busy.get(path));
    const mine = Promise.allSettled(before).then(() => this.#run(token, paths, insert));
    const ended = mine.catch(() => undefined);
    for (const path of paths) this.#busy.set(path, ended);
    return mine;
  }

  async close(): Promise<void> {
    await Promise.all(this.#busy.values());
    await this.#writing;
    await this.#file?.close();
  }

  async #run(token: string, paths: readonly string[], insert: () => Promise<void>): Promise<void> {
    if (this.#done.has(token)) return;
    const tables = await Promise.all(
      paths.map(async (path) => [path.slice(this.#data.length + 1), highestOf(await parts(path))] as const),
    );
    const begun: Begun = { begun: token, tables };
    this.#begun.set(token, begun);
    try {
      await this.#write(begun);
    } catch (cause) {
      throw new InsertUnclear('the insert could not be noted', cause);
    }
    try {
      await insert();
      await Promise.all(paths.map(syncPath));
    } catch (cause) {
      for (const [at, path] of paths.entries()) {
        const found = await parts(path).catch(() => undefined);
        if (!found || highestOf(found) > tables[at]![1])
          throw new InsertUnclear('a failed insert left some of its rows', cause);
      }
      // Nothing came of it; noted durably, or the next insert's parts would pass for its own.
      await this.#write({ void: token }).catch((error: unknown) => {
        throw new InsertUnclear('a failed insert could not be noted', error);
      });
      this.#begun.delete(token);
      throw cause;
    }
    await this.#write({ done: token }).catch((error: unknown) => {
      throw new InsertUnclear('an insert could not be noted as done', error);
    });
    this.#begun.delete(token);
    this.#remember(token);
  }

  #remember(token: string): void {
    this.#done.add(token);
    for (const oldest of this.#done) {
      if (this.#done.size <= REMEMBERED) break;
      this.#done.delete(oldest);
    }
  }

  /** Durable when it resolves. */
  #write(line: Line): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: encode(line), resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const bytes = Buffer.from(group.map((one) => one.line).join(''));
      try {
        if (this.#at + bytes.length > FILE_BYTES) await this.#renew();
        await this.#file!.write(bytes, 0, bytes.length, this.#at);
        await this.#file!.datasync();
        this.#at += bytes.length;
        for (const one of group) one.resolve();
      } catch (error) {
        // What the disk holds now is unknown, and a failed sync must not be repeated.
        for (const one of group) one.reject(error);
      }
    }
    this.#writing = undefined;
  }

  /** Replaces the file by one that holds what still matters. */
  async #renew(): Promise<void> {
    const lines: Line[] = [{ tokens: [...this.#done] }, ...this.#begun.values()];
    const bytes = Buffer.from(lines.map(encode).join(''));
    const aside = `${this.#path}.new`;
    const next = await create(aside);
    await next.write(bytes, 0, bytes.length, 0);
    await next.sync();
    await rename(aside, this.#path);
    await syncPath(join(this.#path, '..'));
    await this.#file?.close();
    this.#file = next;
    this.#at = bytes.length;
  }
}

/** The engine must be closed and the log opened again before anything else is inserted. */
export class InsertUnclear extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'InsertUnclear';
  }
}

interface Begun {
  readonly begun: string;
  /** Directory below `data`, and the highest block number in it. */
  readonly tables: readonly (readonly [string, number])[];
}
type Line = Begun | { readonly done: string } | { readonly void: string } | { readonly tokens: readonly string[] };

/** Room for some thousand lines of usual length beside the remembered tokens. */
const FILE_BYTES = 512 * 1024;
/** A replay concerns the last range: at most a few pieces per table, or its halves when the engine refuses some. */
const REMEMBERED = 1_000;

const encode = (line: Line): string => {
  const text = JSON.stringify(line);
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`;
};

async function readLines(path: string): Promise<{ done: Set<string>; begun: Map<string, Begun> }> {
  const done = new Set<string>();
  const begun = new Map<string, Begun>();
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!isAbsent(error)) throw error;
    text = '';
  }
  for (const one of text.split('\n')) {
    const json = one.slice(9);
    if (crc32(json).toString(16).padStart(8, '0') !== one.slice(0, 8)) continue;
    const line = JSON.parse(json) as Line;
    if ('tokens' in line) for (const token of line.tokens) done.add(token);
    else if ('begun' in line) begun.set(line.begun, line);
    else if ('done' in line) {
      begun.delete(line.done);
      done.add(line.done);
    } else begun.delete(line.void);
  }
  return { done, begun };
}

async function create(path: string): Promise<FileHandle> {
  const file = await open(path, 'w+', 0o600);
  await file.write(Buffer.alloc(FILE_BYTES), 0, FILE_BYTES, 0);
  return file;
}

interface Part {
  readonly name: string;
  readonly partition: string;
  /** Block numbers of the inserts in it, inclusive. */
  readonly min: number;
  readonly max: number;
}

async function parts(table: string): Promise<Part[]> {
  const names = await readdir(table);
  return names.flatMap((name): Part[] => {
    // https://clickhouse.com/docs/merges: partition, first and last block, level, mutation. Others are not visible.
    const found = /^(?!tmp|delete|detached)(.+)_(\d+)_(\d+)_\d+(?:_\d+)?$/.exec(name);
    return found ? [{ name, partition: found[1]!, min: Number(found[2]), max: Number(found[3]) }] : [];
  });
}

const highestOf = (all: readonly Part[]): number => all.reduce((highest, { max }) => Math.max(highest, max), 0);

/** Removes every part of `table` with a block above `highest`. */
async function takeBack(table: string, highest: number, said: (what: string) => void): Promise<void> {
  const all = await parts(table).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  const removed: string[] = [];
  for (const part of all) {
    if (part.max <= highest) continue;
    const isWithin = (one: Part) => one.partition === part.partition && one.min >= part.min && one.max <= highest;
    if (part.min <= highest && !all.some(isWithin)) {
      // The insert took longer than old parts are kept. Twice is better than not at all.
      said(`part ${part.name} of ${table} holds rows of an unfinished insert, and what it was merged from is gone`);
      continue;
    }
    // A name the engine takes for its own unfinished work: a cut in the middle leaves nothing that looks like a part.
    const aside = join(table, `delete_tmp_${part.name}`);
    await rename(join(table, part.name), aside);
    removed.push(aside);
  }
  // Also when an earlier try did the renaming: the log forgets the insert next.
  await syncPath(table);
  if (removed.length === 0) return;
  for (const path of removed) await rm(path, { recursive: true, force: true });
  said(`${removed.length} parts of an insert that was not finished were taken back from ${table}`);
}

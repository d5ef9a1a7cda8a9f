import { open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes what the engine did safe against a power cut, as far as the engine leaves it open.
 *
 * With our settings (`schema/render.ts`, `config-file.ts`) the engine syncs the files and the directory of a new or
 * merged part, and the text of a table's definition. It syncs no name: not the rename that makes a part visible, not
 * the directories of tables, not the entry of a definition. Those are synced here.
 */
export async function syncPath(path: string): Promise<void> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    // A table may be dropped between a listing and here.
    if (isAbsent(error)) return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Directories of all tables' parts in the engine's `data` directory. */
export async function tableDirectories(data: string): Promise<string[]> {
  const groups = await subdirectories(join(data, 'store'));
  return (await Promise.all(groups.map(subdirectories))).flat();
}

/**
 * Every directory on the way to a table and to its definition, from the directory that holds all engines down to the
 * tables' own; what is in parts is not looked at.
 */
export async function syncDefinitions(engine: string): Promise<void> {
  const data = join(engine, 'data');
  const upper = [dirname(dirname(engine)), dirname(engine), engine, data, join(data, 'store')];
  const [tables, groups, links, definitions] = await Promise.all([
    tableDirectories(data),
    subdirectories(join(data, 'store')),
    subdirectories(join(data, 'data')),
    subdirectories(join(data, 'metadata')),
  ]);
  const lists = [join(data, 'data'), join(data, 'metadata')];
  await Promise.all([...upper, ...groups, ...tables, ...lists, ...links, ...definitions].map(syncPath));
}

/**
 * What the engine remembers of insert tokens is not synced with the parts it speaks of: after a power cut it may know
 * a part that is gone or not know one that is there, and a torn one would keep the table from loading. `InsertLog`
 * does that work; no token of an earlier life comes again.
 */
export async function forgetTokens(data: string): Promise<void> {
  const tables = await tableDirectories(data);
  await Promise.all(tables.map((table) => rm(join(table, 'deduplication_logs'), { recursive: true, force: true })));
}

const SWEEP_EVERY_MS = 20_000;

/**
 * Syncs the directories of tables that changed: a merge renames its part and nobody waits for it. What it was merged
 * from stays `OLD_PARTS_SECONDS` longer, so that at every moment one of the two is on the disk.
 */
export class Sweeper {
  readonly #data: string;
  readonly #synced = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();

  constructor(data: string, broken: (error: unknown) => void) {
    this.#data = data;
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#sweep()).catch(broken);
    }, SWEEP_EVERY_MS);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #sweep(): Promise<void> {
    for (const path of await tableDirectories(this.#data)) {
      const found = await stat(path).catch(() => undefined);
      if (!found || this.#synced.get(path) === found.mtimeMs) continue;
      await syncPath(path);
      this.#synced.set(path, found.mtimeMs);
    }
  }
}

async function subdirectories(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((one) => one.isDirectory() || one.isSymbolicLink()).map((one) => join(path, one.name));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

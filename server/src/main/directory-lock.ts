import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fail } from './errors.ts';

/**
 * Keeps a second process out of the data directory: two would destroy each other's journal numbering. Node has no file
 * locks, SQLite does: an exclusive transaction held open is a lock of the operating system, gone with the process
 * however it ends.
 */
export function lockDirectory(dataDir: string): { close(): void } {
  const database = new DatabaseSync(join(dataDir, 'lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw fail('main.data-dir-in-use', `another Hanok is using ${dataDir}`, { at: 'HANOK_DATA_DIR', cause });
  }
  return { close: () => database.close() };
}

import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes what an insert did safe against a power cut, as far as the engine leaves it open.
 *
 * With `fsync_after_insert` and `fsync_part_directory` the engine syncs a new part's files and directory, but neither
 * the rename that makes the part visible nor the deduplication log. So after an insert the table's directory and its
 * log are synced here. Without the first a committed range could vanish, without the second a replay could double it.
 */
export async function syncTable(dataPath: string): Promise<void> {
  const logs = join(dataPath, 'deduplication_logs');
  const names = await readdir(logs).catch(() => []);
  await Promise.all(names.map((name) => syncPath(join(logs, name))));
  if (names.length > 0) await syncPath(logs);
  await syncPath(dataPath);
}

async function syncPath(path: string): Promise<void> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    // A log file may be rotated away between the listing and here.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

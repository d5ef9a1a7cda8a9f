import { statfs } from 'node:fs/promises';

export interface Disk {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** What the file system under `path` has; `bavail`, because a service account cannot use root's reserve. */
export async function readDisk(path: string): Promise<Disk> {
  const { blocks, bavail, bsize } = await statfs(path);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}

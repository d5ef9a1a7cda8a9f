import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const GIB = 1024 ** 3;
/** Two journals keep what is ten minutes old, up to their budgets of 4 GiB. */
const JOURNALS_BYTES = 8 * GIB;
/** What the engines hold of a record, and as much again for merges, which keep old and new parts for a while. */
const BYTES_PER_RECORD = 150;
/** With less than this the instance itself soon refuses; a soak that came here has nothing more to say. */
export const LEAST_FREE_BYTES = 3 * GIB;

export function freeBytes(): number {
  const { bavail, bsize } = statfsSync(tmpdir());
  return bavail * bsize;
}

/** What a run may take at most. A run shorter than the journals' retention leaves less in them. */
export const wantedBytes = (recordsPerSecond: number, minutes: number): number =>
  recordsPerSecond * minutes * 60 * BYTES_PER_RECORD +
  Math.min(JOURNALS_BYTES, recordsPerSecond * Math.min(minutes, 12) * 60 * 400) +
  LEAST_FREE_BYTES;

export const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** Throws when a run at this rate would not fit. */
export function needRoom(recordsPerSecond: number, minutes: number): void {
  const free = freeBytes();
  const wanted = wantedBytes(recordsPerSecond, minutes);
  console.log(`disk: ${gib(free)} free in ${tmpdir()}, at most ${gib(wanted)} wanted`);
  if (free < wanted)
    throw new Error('not enough room: give fewer --minutes, a lower --load or --rate, or another TMPDIR');
}

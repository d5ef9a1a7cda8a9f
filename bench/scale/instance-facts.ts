/** Counts of a running instance while it grows: parts, memory, handles, files. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../../e2e/instance.ts';
import { ask } from '../footprint/engine.ts';
import { readMemory } from '../footprint/memory.ts';
import { cpuSeconds, openHandles, processesOf } from '../footprint/processes.ts';

export interface Facts {
  readonly parts: number;
  readonly partitions: number;
  readonly merging: number;
  /** MiB. */
  readonly mainAnonymous: number;
  readonly engineAnonymous: number;
  readonly handles: number;
}

export async function readFacts(instance: Instance): Promise<Facts> {
  const [row] = await ask(
    instance,
    'pool',
    `SELECT toUInt32(count()) AS parts, toUInt32(uniqExact(table, partition)) AS partitions,
       toUInt32((SELECT count() FROM system.merges)) AS merging
     FROM system.parts WHERE database = 'hanok' AND active`,
  );
  const { processes } = readMemory(processesOf(instance), openHandles);
  const mib = (what: string) => Math.round((processes.find((one) => one.what === what)?.anonymous ?? 0) / 1024 ** 2);
  return {
    parts: Number(row!['parts']),
    partitions: Number(row!['partitions']),
    merging: Number(row!['merging']),
    mainAnonymous: mib('main'),
    engineAnonymous: mib('engine pool'),
    handles: processes.reduce((sum, one) => sum + one.handles, 0),
  };
}

export const cpuOf = (instance: Instance): number =>
  [...processesOf(instance).keys()].reduce((sum, pid) => sum + cpuSeconds(pid), 0);

export function countFiles(folder: string): {
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
} {
  let [files, folders, bytes] = [0, 0, 0];
  // Merges remove parts while we look.
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) folders++;
    else {
      files++;
      bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
    }
  }
  return { files, folders, bytes };
}

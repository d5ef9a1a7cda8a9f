import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clock, Log } from '#base';
import { type ControlPlace, copyControl } from '#control';
import { lockDirectory } from './directory-lock.ts';
import { fail } from './errors.ts';

/**
 * `hanok control copy FROM TO`: each the URL of a PostgreSQL database or a data directory. A data directory that a running
 * Hanok uses is refused. Returns what to print.
 */
export async function copyControlPlane(
  from: string,
  to: string,
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<string> {
  const source = placeOf(from);
  if ('dataDir' in source && !existsSync(join(source.dataDir, 'control.db')))
    throw fail('main.no-control-database', `there is no control.db in ${source.dataDir}`, { at: 'FROM' });
  const target = placeOf(to);
  const locks = [source, target].flatMap((place) => ('dataDir' in place ? [lockDirectory(place.dataDir)] : []));
  try {
    const { tables, head } = await copyControl(source, target, deps);
    const widest = Math.max(...tables.map(({ name }) => name.length));
    return [
      ...tables.map(({ name, rows }) => `  ${name.padEnd(widest)}  ${rows.toLocaleString('en')}`),
      `Copied, read back and found equal. The audit log is whole; the operators' chain ends with entry ${head.seq}, hash ${head.hash}`,
      '',
    ].join('\n');
  } finally {
    for (const lock of locks) lock.close();
  }
}

function placeOf(text: string): ControlPlace {
  return /^\w+:\/\//.test(text) ? { url: text } : { dataDir: resolve(text) };
}

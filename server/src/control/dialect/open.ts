import { join } from 'node:path';
import type { Clock, Log } from '#base';
import { fail } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import { openSqlite } from './sqlite.ts';

/** Opens the PostgreSQL database of `url`, or `control.db` in `dataDir` when it is empty. Throws `control.invalid-url`. */
export async function openDialect(
  url: string,
  deps: { readonly dataDir: string; readonly clock: Clock; readonly log: Log },
): Promise<Dialect> {
  if (url === '') return openSqlite(join(deps.dataDir, 'control.db'));
  if (!/^postgres(?:ql)?:\/\//.test(url))
    throw fail('control.invalid-url', 'HANOK_CONTROL_URL is not the URL of a PostgreSQL database', {
      at: 'HANOK_CONTROL_URL',
    });
  // Loaded by those alone who use it: a start on SQLite is quicker without.
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(url, deps);
}

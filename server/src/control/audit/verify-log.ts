import type { AuditVerifyResponse } from '@hanok/contract';
import type { Clock, Log } from '#base';
import type { ControlPlace } from '../copy.ts';
import { openDialect } from '../dialect/open.ts';
import { fail } from '../errors.ts';
import { OPERATORS_CHAIN } from './chain.ts';
import { readCheckpoints } from './checkpoint-file.ts';
import { chainNames, publicKeysOf } from './read-chain.ts';
import { verifyChain } from './verify-chain.ts';

export interface VerifiedLog {
  readonly chains: readonly AuditVerifyResponse[];
}

/**
 * Verifies the chains of a control database, of a program that runs or does not run, and changes nothing. Throws
 * `control.no-such-chain`.
 *
 * @param wanted.dataDir whose file of checkpoints is held against the database
 * @param wanted.keys public keys (PEM) by id that alone are trusted; undefined: those that the database lists
 */
export async function verifyAuditLog(
  place: ControlPlace,
  wanted: {
    readonly chain: string | undefined;
    readonly dataDir: string | undefined;
    readonly keys: ReadonlyMap<string, string> | undefined;
  },
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<VerifiedLog> {
  const inFolder = 'dataDir' in place;
  const dialect = await openDialect(inFolder ? '' : place.url, { ...deps, dataDir: inFolder ? place.dataDir : '' });
  try {
    const { database } = dialect;
    const tables = await database.introspection.getTables();
    if (tables.every(({ name }) => name !== 'audit_entries'))
      throw fail('control.older-schema', 'this database has no audit chains yet');
    // Before the database: checkpoints that are written meanwhile are no fault.
    const noted = wanted.dataDir === undefined ? [] : readCheckpoints(wanted.dataDir);
    const keys = wanted.keys ?? (await publicKeysOf(database));
    const names = new Set([...(await chainNames(database)), ...noted.map(({ chain }) => chain)]);
    if (wanted.chain !== undefined && !names.has(wanted.chain))
      throw fail('control.no-such-chain', `there is no chain ${wanted.chain}`, { at: 'chain' });
    const chains: AuditVerifyResponse[] = [];
    for (const chain of wanted.chain === undefined ? [...names].sort() : [wanted.chain]) {
      const found = await verifyChain(database, chain, { keys, noted, witnesses: [] });
      // The closed chain of a database that never had one has nothing to say.
      if (found.rows > 0 || found.checkpoints > 0 || found.broken || chain === OPERATORS_CHAIN) chains.push(found);
    }
    return { chains };
  } finally {
    await dialect.close();
  }
}

import type { AuditVerifyResponse } from '@hanok/contract';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { ChainCheck, type Witness } from './chain-check.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { checkpointsOf, entriesOf, genesisOf, headOf } from './read-chain.ts';

export interface VerifyWith {
  /** Public keys (PEM) by id that are trusted. */
  readonly keys: ReadonlyMap<string, string>;
  /** Checkpoints from outside the database, of any chain. */
  readonly noted: readonly SignedCheckpoint[];
  /** Heads that others remember. */
  readonly witnesses: readonly Witness[];
}

/** Recomputes one chain from its first kept entry on. A transaction is a database too. */
export async function verifyChain(
  database: Kysely<Schema>,
  chain: string,
  wanted: VerifyWith,
): Promise<AuditVerifyResponse> {
  for (;;) {
    const began = (await headOf(database, chain))?.first;
    const answer = await walk(database, chain, wanted);
    // Entries whose time is over may have been removed while they were read.
    if (answer.ok || (await headOf(database, chain))?.first === began) return answer;
  }
}

async function walk(
  database: Kysely<Schema>,
  chain: string,
  { keys, noted, witnesses }: VerifyWith,
): Promise<AuditVerifyResponse> {
  // All of it is read before the entries: those that are added meanwhile are no fault.
  const anchor = await headOf(database, chain);
  const check = new ChainCheck({
    chain,
    keys,
    genesis: await genesisOf(database, chain),
    checkpoints: await checkpointsOf(database, chain),
    noted: noted.filter((one) => one.chain === chain),
    witnesses: [...(anchor && anchor.seq > 0n ? [{ ...anchor, where: 'anchor' as const }] : []), ...witnesses],
  });
  for await (const rows of entriesOf(database, chain)) for (const row of rows) check.take(row);
  check.end();
  if (!anchor && (check.rows > 0 || check.checkpoints > 0)) check.note('anchor-gone', 'the anchor is gone');
  return check.verdict();
}

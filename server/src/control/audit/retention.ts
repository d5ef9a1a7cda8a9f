import type { Transaction } from 'kysely';
import type { Schema } from '../schema.ts';
import { signCheckpoint } from './checkpoint.ts';
import { appendCheckpoints, shortenCheckpoints } from './checkpoint-file.ts';
import { type CheckpointDeps, checkpointValues } from './checkpoints.ts';
import { lockedHead } from './place.ts';

/**
 * Removes entries from before `cutoff` (Unix milliseconds) up to the newest checkpoint that lies before the first younger
 * one. That entries were removed, and up to where, is signed: what is kept goes on from that checkpoint's hash, and
 * entries that somebody else removed are found missing. Returns how many entries of which chains.
 */
export async function removeExpired(
  deps: CheckpointDeps,
  cutoff: number,
  now: number,
): Promise<ReadonlyArray<{ readonly chain: string; readonly removed: number }>> {
  const { database } = deps.dialect;
  const due = await database
    .selectFrom('audit_chains as c')
    .innerJoin('audit_entries as e', (on) => on.onRef('e.chain', '=', 'c.chain').onRef('e.seq', '=', 'c.first_seq'))
    .select('c.chain')
    .where('e.at', '<', cutoff)
    .execute();
  const result: { chain: string; removed: number }[] = [];
  for (const { chain } of due) {
    const removed = await removeOf(deps, chain, cutoff, now);
    if (removed > 0) result.push({ chain, removed });
  }
  shortenCheckpoints(deps.dataDir, cutoff);
  return result;
}

async function removeOf(deps: CheckpointDeps, chain: string, cutoff: number, now: number): Promise<number> {
  const { dialect, signer, dataDir } = deps;
  const done = await dialect.database.transaction().execute(async (transaction) => {
    const head = await lockedHead(dialect, transaction, chain);
    const end = await lastExpired(transaction, chain, cutoff, head.seq);
    const last = await transaction
      .selectFrom('audit_checkpoints')
      .select(['seq', 'hash'])
      .where('chain', '=', chain)
      .where('seq', '>=', head.first_seq)
      .where('seq', '<=', end)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!last) return undefined;
    // What was signed already is signed again, not a head that nobody has looked at yet.
    const newest = await transaction
      .selectFrom('audit_checkpoints')
      .select(['seq', 'hash'])
      .where('chain', '=', chain)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    const signed = signCheckpoint(signer, { chain, ...newest, at: now, kept: last.seq + 1 });
    await transaction
      .updateTable('audit_chains')
      .set({ first_seq: last.seq + 1 })
      .where('chain', '=', chain)
      .execute();
    await transaction.deleteFrom('audit_entries').where('chain', '=', chain).where('seq', '<=', last.seq).execute();
    await transaction.deleteFrom('audit_checkpoints').where('chain', '=', chain).where('seq', '<', last.seq).execute();
    await transaction
      .insertInto('audit_checkpoints')
      .values(checkpointValues(signed))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return { signed, removed: last.seq + 1 - head.first_seq };
  });
  if (!done) return 0;
  appendCheckpoints(dataDir, [done.signed]);
  return done.removed;
}

async function lastExpired(
  transaction: Transaction<Schema>,
  chain: string,
  cutoff: number,
  head: number,
): Promise<number> {
  const young = await transaction
    .selectFrom('audit_entries')
    .select('seq')
    .where('chain', '=', chain)
    .where('at', '>=', cutoff)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  return young === undefined ? head : young.seq - 1;
}

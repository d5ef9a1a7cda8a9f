import type { Transaction } from 'kysely';
import type { Dialect } from '../dialect/dialect.ts';
import type { AuditChainsTable, Schema } from '../schema.ts';
import { type ChainHead, recordHash } from './chain.ts';
import { type AuditEntry, chainsOf, columnsOf } from './entry.ts';
import { genesisOf } from './read-chain.ts';

export interface PlacedHead extends ChainHead {
  readonly chain: string;
}

/** A chain's head; nobody else appends to the chain until the transaction ends. A new chain gets one. */
export async function lockedHead(
  dialect: Dialect,
  transaction: Transaction<Schema>,
  chain: string,
): Promise<AuditChainsTable> {
  const read = () => {
    const query = transaction.selectFrom('audit_chains').selectAll().where('chain', '=', chain);
    return (dialect.rowLocks ? query.forUpdate() : query).executeTakeFirst();
  };
  const known = await read();
  if (known) return known;
  await transaction
    .insertInto('audit_chains')
    .values({ chain, seq: 0, hash: await genesisOf(transaction, chain), first_seq: 1 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const made = await read();
  if (!made) throw new Error(`the audit chain ${chain} was removed at this moment`);
  return made;
}

/** Appends an entry to its chains and returns their new heads. */
export async function placeEntry(
  dialect: Dialect,
  transaction: Transaction<Schema>,
  entry: AuditEntry,
  now: number,
): Promise<readonly PlacedHead[]> {
  const columns = columnsOf(entry, now);
  const heads: PlacedHead[] = [];
  for (const chain of chainsOf(entry)) {
    const head = await lockedHead(dialect, transaction, chain);
    const record = { chain, seq: head.seq + 1, ...columns };
    const next = { chain, seq: record.seq, hash: recordHash(head.hash, record) };
    await transaction
      .insertInto('audit_entries')
      .values({ ...record, hash: next.hash })
      .execute();
    await transaction
      .updateTable('audit_chains')
      .set({ seq: next.seq, hash: next.hash })
      .where('chain', '=', chain)
      .execute();
    heads.push(next);
  }
  return heads;
}

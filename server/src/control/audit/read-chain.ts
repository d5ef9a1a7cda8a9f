import { setImmediate as turn } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';
import { type ChainedRecord, FIRST_CHAIN, GENESIS } from './chain.ts';
import type { SignedCheckpoint } from './checkpoint.ts';

const PAGE = 1_000;

/** Integers in all their digits, on every database; what is none, as it may be in a spoilt one, as a number that no entry has. */
const integer = (text: string): bigint => (/^-?\d{1,19}$/.test(text) ? BigInt(text) : -1n);

type Reader = Kysely<Schema>;

/** All entries of a chain after number `after`, in order, page by page, up to `until`. */
export async function* entriesOf(
  database: Reader,
  chain: string,
  bounds: { readonly after?: bigint; readonly until?: bigint } = {},
): AsyncGenerator<readonly ChainedRecord[]> {
  const { until } = bounds;
  for (let { after } = bounds; ; ) {
    let query = database
      .selectFrom('audit_entries')
      .select(['actor', 'remote', 'tenant', 'action', 'target', 'outcome', 'reason', 'request_id'])
      .select(['before', 'after', 'detail', 'hash'])
      .select([sql<string>`cast(seq as text)`.as('number'), sql<string>`cast(at as text)`.as('instant')])
      .where('chain', '=', chain)
      .orderBy('seq')
      .limit(PAGE);
    if (after !== undefined) query = query.where(sql<boolean>`seq > ${after}`);
    if (until !== undefined) query = query.where(sql<boolean>`seq <= ${until}`);
    const rows = await query.execute();
    if (rows.length > 0)
      yield rows.map(({ number, instant, ...row }) => ({ ...row, chain, seq: integer(number), at: integer(instant) }));
    if (rows.length < PAGE) return;
    after = integer(rows.at(-1)!.number);
    // A long chain is read in pieces, so that requests are served in between.
    await turn();
  }
}

export async function headOf(database: Reader, chain: string) {
  const row = await database
    .selectFrom('audit_chains')
    .select(['hash', sql<string>`cast(seq as text)`.as('number'), sql<string>`cast(first_seq as text)`.as('first')])
    .where('chain', '=', chain)
    .executeTakeFirst();
  return row && { seq: integer(row.number), hash: row.hash, first: integer(row.first) };
}

/** What stands before a chain's first entry. */
export const genesisOf = async (database: Reader, chain: string): Promise<string> =>
  chain === FIRST_CHAIN ? GENESIS : ((await headOf(database, FIRST_CHAIN))?.hash ?? GENESIS);

export async function checkpointsOf(database: Reader, chain: string): Promise<SignedCheckpoint[]> {
  const rows = await database
    .selectFrom('audit_checkpoints')
    .select(['hash', 'key_id', 'signature'])
    .select([sql<string>`cast(seq as text)`.as('number'), sql<string>`cast(at as text)`.as('instant')])
    .select(sql<string>`cast(kept as text)`.as('first'))
    .where('chain', '=', chain)
    .orderBy('seq')
    .orderBy('at')
    .execute();
  return rows.map(({ number, instant, first, key_id, hash, signature }) => ({
    chain,
    seq: integer(number),
    hash,
    at: integer(instant),
    kept: integer(first),
    key: key_id,
    signature,
  }));
}

export async function publicKeysOf(database: Reader): Promise<ReadonlyMap<string, string>> {
  const rows = await database.selectFrom('signing_keys').select(['id', 'public_key']).execute();
  return new Map(rows.map(({ id, public_key }) => [id, public_key]));
}

/** Every chain that anything in the database tells of, the operators' and closed ones first. */
export async function chainNames(database: Reader): Promise<string[]> {
  const tables = ['audit_chains', 'audit_entries', 'audit_checkpoints'] as const;
  const found = await Promise.all(
    tables.map((table) => database.selectFrom(table).select('chain').distinct().execute()),
  );
  return [...new Set(found.flat().map(({ chain }) => chain))].sort();
}

import { type Kysely, sql } from 'kysely';
import { FIRST_CHAIN, GENESIS, OPERATORS_CHAIN, recordHash } from '../audit/chain.ts';
import type { AuditEntriesTable, Schema } from '../schema.ts';
import type { Migration } from './migration.ts';

const PAGE = 500;

/**
 * A chain per tenant and one of the operators, checkpoints of them, and the public keys these are signed with. The rows of
 * the one chain of before are moved as they are: the chain `@first`, closed. Everyone reads them on in their own chain
 * too, from number 1 on.
 */
export const auditChains: Migration = {
  name: '0003-audit-chains',
  async up(transaction, { types, appendOnly }) {
    const { schema } = transaction;
    await schema
      .createTable('signing_keys')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('public_key', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .execute();
    await schema
      .createTable('audit_chains')
      .addColumn('chain', types.text, (c) => c.primaryKey())
      .addColumn('seq', types.bigInteger, (c) => c.notNull())
      .addColumn('hash', types.text, (c) => c.notNull())
      .addColumn('first_seq', types.bigInteger, (c) => c.notNull())
      .execute();
    await schema
      .createTable('audit_entries')
      .addColumn('chain', types.text, (c) => c.notNull())
      .addColumn('seq', types.bigInteger, (c) => c.notNull())
      .addColumn('at', types.bigInteger, (c) => c.notNull())
      .addColumn('actor', types.text, (c) => c.notNull())
      .addColumn('remote', types.text, (c) => c.notNull())
      .addColumn('tenant', types.text)
      .addColumn('action', types.text, (c) => c.notNull())
      .addColumn('target', types.text, (c) => c.notNull())
      .addColumn('outcome', types.text, (c) => c.notNull())
      .addColumn('reason', types.text)
      .addColumn('request_id', types.text)
      .addColumn('before', types.text)
      .addColumn('after', types.text)
      .addColumn('detail', types.text, (c) => c.notNull())
      .addColumn('hash', types.text, (c) => c.notNull())
      .addPrimaryKeyConstraint('audit_entries_place', ['chain', 'seq'])
      .execute();
    await schema
      .createTable('audit_checkpoints')
      .addColumn('chain', types.text, (c) => c.notNull())
      .addColumn('seq', types.bigInteger, (c) => c.notNull())
      .addColumn('hash', types.text, (c) => c.notNull())
      .addColumn('at', types.bigInteger, (c) => c.notNull())
      .addColumn('kept', types.bigInteger, (c) => c.notNull())
      .addColumn('key_id', types.text, (c) => c.notNull())
      .addColumn('signature', types.text, (c) => c.notNull())
      .addPrimaryKeyConstraint('audit_checkpoints_place', ['chain', 'seq', 'at', 'key_id'])
      .execute();
    await schema
      .createTable('audit_forwarded')
      .addColumn('chain', types.text, (c) => c.primaryKey())
      .addColumn('seq', types.bigInteger, (c) => c.notNull())
      .execute();

    await moveRows(transaction);
    await schema.dropTable('audit').execute();
    await schema.dropTable('audit_head').execute();

    const first = '(select first_seq from audit_chains where chain = old.chain)';
    for (const statement of [
      ...appendOnly('signing_keys'),
      ...appendOnly('audit_entries', `old.seq < ${first}`),
      // The newest of them says what the first entry that is kept follows.
      ...appendOnly('audit_checkpoints', `old.seq < ${first} - 1`),
    ])
      await sql.raw(statement).execute(transaction);
  },
};

async function moveRows(transaction: Kysely<Schema>): Promise<void> {
  const anchor = await transaction.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirstOrThrow();
  const genesis = anchor.hash;
  const operators = new Set(
    // As the table was then.
    (await sql<{ email: string }>`select email from users where role = 'operator'`.execute(transaction)).rows.map(
      ({ email }) => email,
    ),
  );
  const heads = new Map<string, { seq: number; hash: string }>();
  for (let after = -1; ; ) {
    const rows = await transaction
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    const entries: AuditEntriesTable[] = [];
    for (const row of rows) {
      const moved = {
        ...row,
        chain: FIRST_CHAIN,
        remote: '',
        reason: null,
        request_id: null,
        before: null,
        after: null,
      };
      entries.push(moved);
      const { remote, requestId, ...detail } = factsOf(row.detail);
      const chains = row.tenant === null ? [] : [row.tenant];
      if (row.tenant === null || operators.has(row.actor)) chains.push(OPERATORS_CHAIN);
      for (const chain of chains) {
        const head = heads.get(chain) ?? { seq: 0, hash: genesis };
        const record = {
          ...moved,
          chain,
          seq: head.seq + 1,
          remote: typeof remote === 'string' ? remote : '',
          request_id: typeof requestId === 'string' ? requestId : null,
          detail: JSON.stringify(detail),
        };
        const hash = recordHash(head.hash, record);
        heads.set(chain, { seq: record.seq, hash });
        entries.push({ ...record, hash });
      }
    }
    for (let at = 0; at < entries.length; at += PAGE)
      await transaction
        .insertInto('audit_entries')
        .values(entries.slice(at, at + PAGE))
        .execute();
    if (rows.length < PAGE) break;
    after = rows.at(-1)!.seq;
  }
  const chains = [[FIRST_CHAIN, { seq: anchor.seq, hash: anchor.seq === 0 ? GENESIS : genesis }] as const, ...heads];
  for (const [chain, { seq, hash }] of chains) {
    await transaction.insertInto('audit_chains').values({ chain, seq, hash, first_seq: 1 }).execute();
    // What happened before is not told as if it were new.
    await transaction.insertInto('audit_forwarded').values({ chain, seq }).execute();
  }
}

/** A row that somebody spoilt must not keep the instance from starting: that the chain `@first` is broken is told as before. */
function factsOf(detail: string): Record<string, unknown> {
  try {
    return JSON.parse(detail) as Record<string, unknown>;
  } catch {
    return { detail };
  }
}

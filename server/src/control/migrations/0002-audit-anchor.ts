import { sql } from 'kysely';
import { GENESIS } from '../audit/chain.ts';
import type { Migration } from './migration.ts';

/** The database itself refuses to change the log, and the place of its newest row is kept beside it. */
export const auditAnchor: Migration = {
  name: '0002-audit-anchor',
  async up(transaction, { types, appendOnly }) {
    await transaction.schema
      .createTable('audit_head')
      .addColumn('id', 'integer', (c) => c.primaryKey())
      .addColumn('seq', types.bigInteger, (c) => c.notNull())
      .addColumn('hash', types.text, (c) => c.notNull())
      .execute();
    const newest = await transaction
      .selectFrom('audit')
      .select(['seq', 'hash'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    await transaction
      .insertInto('audit_head')
      .values({ id: 1, seq: newest?.seq ?? 0, hash: newest?.hash ?? GENESIS })
      .execute();
    for (const statement of appendOnly('audit')) await sql.raw(statement).execute(transaction);
  },
};

import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/** The public keys of all processes that sign on this database. */
export const auditChains: Migration = {
  name: '0003-audit-chains',
  async up(transaction, { types, appendOnly }) {
    await transaction.schema
      .createTable('signing_keys')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('public_key', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .execute();
    for (const statement of appendOnly('signing_keys')) await sql.raw(statement).execute(transaction);
  },
};

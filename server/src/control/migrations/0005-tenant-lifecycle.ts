import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/** Suspensions with their reason, deletions under way, and the certificates of those that are done. */
export const tenantLifecycle: Migration = {
  name: '0005-tenant-lifecycle',
  async up(transaction, { types, appendOnly }) {
    const { schema } = transaction;
    await schema
      .createTable('tenant_suspensions')
      .addColumn('tenant', types.text, (c) => c.primaryKey().references('tenants.id'))
      .addColumn('suspended_by', types.text, (c) => c.notNull())
      .addColumn('suspended_at', types.bigInteger, (c) => c.notNull())
      .addColumn('reason', types.text, (c) => c.notNull())
      .execute();
    await schema
      .createTable('tenant_deletions')
      .addColumn('tenant', types.text, (c) => c.primaryKey().references('tenants.id'))
      .addColumn('instance', types.text, (c) => c.notNull())
      .addColumn('requested_by', types.text, (c) => c.notNull())
      .addColumn('requested_at', types.bigInteger, (c) => c.notNull())
      .addColumn('reason', types.text, (c) => c.notNull())
      .addColumn('due_at', types.bigInteger, (c) => c.notNull())
      .addColumn('status_before', types.text, (c) => c.notNull())
      .addColumn('began_at', types.bigInteger)
      .addColumn('progress', types.text, (c) => c.notNull())
      .addColumn('trouble', types.text)
      .execute();
    await schema
      .createTable('certificates')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('tenant', types.text, (c) => c.notNull().unique())
      .addColumn('name', types.text, (c) => c.notNull())
      .addColumn('instance', types.text, (c) => c.notNull())
      .addColumn('requested_by', types.text, (c) => c.notNull())
      .addColumn('issued_at', types.bigInteger, (c) => c.notNull())
      .addColumn('removed_rows', types.bigInteger, (c) => c.notNull())
      .addColumn('document', types.text, (c) => c.notNull())
      .execute();
    for (const statement of appendOnly('certificates')) await sql.raw(statement).execute(transaction);
  },
};

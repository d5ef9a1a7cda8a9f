import type { Migration } from './migration.ts';

export const first: Migration = {
  name: '0001-first',
  async up(transaction, { types }) {
    const { schema } = transaction;
    await schema
      .createTable('tenants')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('name', types.text, (c) => c.notNull())
      .addColumn('mode', types.text, (c) => c.notNull())
      .addColumn('store', types.text, (c) => c.notNull())
      .addColumn('status', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .addColumn('records_per_second', types.bigInteger, (c) => c.notNull())
      .addColumn('bytes_per_second', types.bigInteger, (c) => c.notNull())
      .addColumn('burst_seconds', types.double, (c) => c.notNull())
      .addColumn('logs_days', 'integer', (c) => c.notNull())
      .addColumn('traces_days', 'integer', (c) => c.notNull())
      .addColumn('metrics_days', 'integer', (c) => c.notNull())
      .execute();
    await schema
      .createTable('users')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('email', types.text, (c) => c.notNull().unique())
      .addColumn('password_hash', types.text, (c) => c.notNull())
      .addColumn('role', types.text, (c) => c.notNull())
      .addColumn('tenant', types.text, (c) => c.references('tenants.id'))
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .addColumn('last_login_at', types.bigInteger)
      .execute();
    await schema.createIndex('users_tenant').on('users').column('tenant').execute();
    await schema
      .createTable('sessions')
      .addColumn('token_hash', types.text, (c) => c.primaryKey())
      .addColumn('user_id', types.text, (c) => c.notNull().references('users.id').onDelete('cascade'))
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .addColumn('expires_at', types.bigInteger, (c) => c.notNull())
      .addColumn('seen_at', types.bigInteger, (c) => c.notNull())
      .addColumn('remote', types.text, (c) => c.notNull())
      .execute();
    await schema.createIndex('sessions_user').on('sessions').column('user_id').execute();
    await schema
      .createTable('ingest_keys')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('tenant', types.text, (c) => c.notNull().references('tenants.id'))
      .addColumn('name', types.text, (c) => c.notNull())
      .addColumn('key_hash', types.text, (c) => c.notNull().unique())
      .addColumn('prefix', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .addColumn('last_used_at', types.bigInteger)
      .addColumn('revoked_at', types.bigInteger)
      .execute();
    await schema.createIndex('ingest_keys_tenant').on('ingest_keys').column('tenant').execute();
    await schema
      .createTable('audit')
      .addColumn('seq', types.bigInteger, (c) => c.primaryKey())
      .addColumn('at', types.bigInteger, (c) => c.notNull())
      .addColumn('actor', types.text, (c) => c.notNull())
      .addColumn('tenant', types.text)
      .addColumn('action', types.text, (c) => c.notNull())
      .addColumn('target', types.text, (c) => c.notNull())
      .addColumn('outcome', types.text, (c) => c.notNull())
      .addColumn('detail', types.text, (c) => c.notNull())
      .addColumn('hash', types.text, (c) => c.notNull())
      .execute();
    await schema.createIndex('audit_tenant').on('audit').columns(['tenant', 'seq']).execute();
  },
};

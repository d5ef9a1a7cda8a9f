import type { Migration } from './migration.ts';

export const first: Migration = {
  version: 1,
  name: 'tenants, users, sessions, ingest keys and audit',
  async up(transaction, { bigInteger }) {
    const { schema } = transaction;
    await schema
      .createTable('tenants')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('mode', 'text', (c) => c.notNull())
      .addColumn('store', 'text', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('created_at', bigInteger, (c) => c.notNull())
      .addColumn('records_per_second', bigInteger, (c) => c.notNull())
      .addColumn('bytes_per_second', bigInteger, (c) => c.notNull())
      .addColumn('burst_seconds', 'real', (c) => c.notNull())
      .addColumn('logs_days', 'integer', (c) => c.notNull())
      .addColumn('traces_days', 'integer', (c) => c.notNull())
      .addColumn('metrics_days', 'integer', (c) => c.notNull())
      .execute();
    await schema
      .createTable('users')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('email', 'text', (c) => c.notNull().unique())
      .addColumn('password_hash', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('tenant', 'text', (c) => c.references('tenants.id'))
      .addColumn('created_at', bigInteger, (c) => c.notNull())
      .addColumn('last_login_at', bigInteger)
      .execute();
    await schema.createIndex('users_tenant').on('users').column('tenant').execute();
    await schema
      .createTable('sessions')
      .addColumn('token_hash', 'text', (c) => c.primaryKey())
      .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
      .addColumn('created_at', bigInteger, (c) => c.notNull())
      .addColumn('expires_at', bigInteger, (c) => c.notNull())
      .addColumn('seen_at', bigInteger, (c) => c.notNull())
      .addColumn('remote', 'text', (c) => c.notNull())
      .execute();
    await schema.createIndex('sessions_user').on('sessions').column('user_id').execute();
    await schema
      .createTable('ingest_keys')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('tenant', 'text', (c) => c.notNull().references('tenants.id'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('key_hash', 'text', (c) => c.notNull().unique())
      .addColumn('prefix', 'text', (c) => c.notNull())
      .addColumn('created_at', bigInteger, (c) => c.notNull())
      .addColumn('last_used_at', bigInteger)
      .addColumn('revoked_at', bigInteger)
      .execute();
    await schema.createIndex('ingest_keys_tenant').on('ingest_keys').column('tenant').execute();
    await schema
      .createTable('audit')
      .addColumn('seq', bigInteger, (c) => c.primaryKey())
      .addColumn('at', bigInteger, (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('tenant', 'text')
      .addColumn('action', 'text', (c) => c.notNull())
      .addColumn('target', 'text', (c) => c.notNull())
      .addColumn('outcome', 'text', (c) => c.notNull())
      .addColumn('detail', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .execute();
    await schema.createIndex('audit_tenant').on('audit').columns(['tenant', 'seq']).execute();
  },
};

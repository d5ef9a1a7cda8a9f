import type { Migration } from './migration.ts';

/** How people come in: one-time links, authenticator apps with recovery codes, sign-ins that wait for their second step. */
export const people: Migration = {
  name: '0008-people',
  async up(transaction, { types }) {
    const { schema } = transaction;
    await schema
      .createTable('links')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('kind', types.text, (c) => c.notNull())
      .addColumn('secret_hash', types.text, (c) => c.notNull().unique())
      .addColumn('email', types.text, (c) => c.notNull())
      .addColumn('tenant', types.text, (c) => c.references('tenants.id'))
      .addColumn('role', types.text)
      .addColumn('user_id', types.text, (c) => c.references('users.id').onDelete('cascade'))
      .addColumn('made_by', types.text)
      .addColumn('made_by_name', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .addColumn('expires_at', types.bigInteger, (c) => c.notNull())
      .execute();
    await schema.createIndex('links_tenant').on('links').columns(['tenant', 'kind']).execute();
    await schema.createIndex('links_user').on('links').column('user_id').execute();
    await schema
      .createTable('totp_factors')
      .addColumn('user_id', types.text, (c) => c.primaryKey().references('users.id').onDelete('cascade'))
      .addColumn('sealed_secret', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .addColumn('confirmed_at', types.bigInteger)
      .addColumn('last_step', types.bigInteger, (c) => c.notNull())
      .execute();
    await schema
      .createTable('recovery_codes')
      .addColumn('code_hash', types.text, (c) => c.primaryKey())
      .addColumn('user_id', types.text, (c) => c.notNull().references('users.id').onDelete('cascade'))
      .execute();
    await schema.createIndex('recovery_codes_user').on('recovery_codes').column('user_id').execute();
    await schema
      .createTable('half_sign_ins')
      .addColumn('token_hash', types.text, (c) => c.primaryKey())
      .addColumn('user_id', types.text, (c) => c.notNull().references('users.id').onDelete('cascade'))
      .addColumn('next', types.text, (c) => c.notNull())
      .addColumn('password_digest', types.text, (c) => c.notNull())
      .addColumn('wrong', 'integer', (c) => c.notNull())
      .addColumn('expires_at', types.bigInteger, (c) => c.notNull())
      .execute();
    await schema.createIndex('half_sign_ins_user').on('half_sign_ins').column('user_id').execute();
    await schema
      .createTable('tenant_settings')
      .addColumn('tenant', types.text, (c) => c.primaryKey().references('tenants.id'))
      .addColumn('mfa_required_since', types.bigInteger)
      .execute();
  },
};

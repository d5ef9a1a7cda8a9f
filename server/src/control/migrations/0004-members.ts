import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Dialect } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';
import type { Migration } from './migration.ts';

/**
 * People are members of tenants, with a role in each; operators have a role of the installation instead of no tenant.
 * Roles that tenants make, API tokens, service accounts, and operators' access to a tenant's data.
 *
 * The table of people is made anew: SQLite drops no column that a foreign key uses. So is the one that refers to it.
 */
export const members: Migration = {
  name: '0004-members',
  async up(transaction, dialect) {
    await makePeopleAnew(transaction, dialect);
    const { types } = dialect;
    const { schema } = transaction;
    await schema
      .createTable('roles')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('tenant', types.text, (c) => c.notNull().references('tenants.id'))
      .addColumn('name', types.text, (c) => c.notNull())
      .addColumn('permissions', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .execute();
    await schema.createIndex('roles_tenant').on('roles').column('tenant').execute();
    await schema
      .createTable('service_accounts')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('tenant', types.text, (c) => c.notNull().references('tenants.id'))
      .addColumn('name', types.text, (c) => c.notNull())
      .addColumn('role', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .execute();
    await schema.createIndex('service_accounts_tenant').on('service_accounts').column('tenant').execute();
    await schema
      .createTable('api_tokens')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('tenant', types.text, (c) => c.references('tenants.id'))
      .addColumn('user_id', types.text, (c) => c.references('users.id').onDelete('cascade'))
      .addColumn('service_account', types.text, (c) => c.references('service_accounts.id').onDelete('cascade'))
      .addColumn('name', types.text, (c) => c.notNull())
      .addColumn('token_hash', types.text, (c) => c.notNull().unique())
      .addColumn('prefix', types.text, (c) => c.notNull())
      .addColumn('permissions', types.text, (c) => c.notNull())
      .addColumn('networks', types.text, (c) => c.notNull())
      .addColumn('created_at', types.bigInteger, (c) => c.notNull())
      .addColumn('expires_at', types.bigInteger)
      .addColumn('last_used_at', types.bigInteger)
      .addColumn('revoked_at', types.bigInteger)
      .execute();
    await schema.createIndex('api_tokens_tenant').on('api_tokens').column('tenant').execute();
    await schema.createIndex('api_tokens_user').on('api_tokens').column('user_id').execute();
    await schema
      .createTable('operator_access')
      .addColumn('id', types.text, (c) => c.primaryKey())
      .addColumn('tenant', types.text, (c) => c.notNull().references('tenants.id'))
      .addColumn('user_id', types.text, (c) => c.notNull())
      .addColumn('email', types.text, (c) => c.notNull())
      .addColumn('role', types.text, (c) => c.notNull())
      .addColumn('reason', types.text, (c) => c.notNull())
      .addColumn('opened_at', types.bigInteger, (c) => c.notNull())
      .addColumn('ends_at', types.bigInteger, (c) => c.notNull())
      .addColumn('ended_at', types.bigInteger)
      .addColumn('ended_by', types.text)
      .execute();
    await schema.createIndex('operator_access_user').on('operator_access').columns(['user_id', 'ends_at']).execute();
    await schema.createIndex('operator_access_tenant').on('operator_access').columns(['tenant', 'opened_at']).execute();
  },
};

async function makePeopleAnew(transaction: Kysely<Schema>, { types }: Dialect): Promise<void> {
  const { schema } = transaction;
  await schema.dropIndex('sessions_user').execute();
  await schema.dropIndex('users_tenant').execute();
  await schema.alterTable('sessions').renameTo('sessions_before').execute();
  await schema.alterTable('users').renameTo('users_before').execute();
  await schema
    .createTable('users')
    .addColumn('id', types.text, (c) => c.primaryKey())
    .addColumn('email', types.text, (c) => c.notNull().unique())
    .addColumn('password_hash', types.text, (c) => c.notNull())
    .addColumn('operator_role', types.text)
    .addColumn('created_at', types.bigInteger, (c) => c.notNull())
    .addColumn('last_login_at', types.bigInteger)
    .execute();
  await schema
    .createTable('memberships')
    .addColumn('id', types.text, (c) => c.primaryKey())
    .addColumn('user_id', types.text, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('tenant', types.text, (c) => c.notNull().references('tenants.id'))
    .addColumn('role', types.text, (c) => c.notNull())
    .addColumn('created_at', types.bigInteger, (c) => c.notNull())
    .execute();
  await schema.createIndex('memberships_tenant').on('memberships').column('tenant').execute();
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
  await sql`
    insert into users (id, email, password_hash, operator_role, created_at, last_login_at)
    select id, email, password_hash, case when role = 'operator' then 'operator' end, created_at, last_login_at
    from users_before`.execute(transaction);
  // A tenant's first administrator owns it.
  await sql`
    insert into memberships (id, user_id, tenant, role, created_at)
    select u.id || ':' || u.tenant, u.id, u.tenant,
      case
        when u.role <> 'admin' then 'editor'
        when exists (
          select 1 from users_before e
          where e.tenant = u.tenant and e.role = 'admin'
            and (e.created_at < u.created_at or (e.created_at = u.created_at and e.id < u.id))
        ) then 'admin'
        else 'owner'
      end,
      u.created_at
    from users_before u where u.tenant is not null`.execute(transaction);
  await sql`
    insert into sessions (token_hash, user_id, created_at, expires_at, seen_at, remote)
    select token_hash, user_id, created_at, expires_at, seen_at, remote from sessions_before`.execute(transaction);
  await schema.dropTable('sessions_before').execute();
  await schema.dropTable('users_before').execute();
}

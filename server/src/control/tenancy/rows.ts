import type { Transaction } from 'kysely';
import { removePeopleOf } from '../identity/users.ts';
import type { Schema } from '../schema.ts';

/** Rows removed, by table. */
export type RemovedRows = ReadonlyArray<{ readonly table: keyof Schema; readonly rows: number }>;

/**
 * Every table of the control database with a tenant's rows in it: removed with the tenant, referring ones first, or kept
 * and why. A test holds this against the database: a table that names tenants and is not here fails it.
 */
export const TENANT_TABLES = {
  /** By `removePeopleOf`. */
  people: ['memberships', 'api_tokens', 'service_accounts', 'roles'],
  removed: [
    'links',
    'tenant_settings',
    'operator_access',
    'ingest_keys',
    'jwt_issuers',
    'tenant_suspensions',
    'tenant_deletions',
  ],
  /** The tenant's chain of the audit log is the evidence of who did what, `certificates` that of the removal. */
  kept: ['audit_entries', 'audit_chains', 'audit_checkpoints', 'audit_forwarded', 'certificates'],
} as const satisfies Record<string, readonly (keyof Schema)[]>;

/** Everything of the tenant's but what is kept, the tenant itself last. */
export async function removeRowsOf(transaction: Transaction<Schema>, tenant: string): Promise<RemovedRows> {
  const removed: { table: keyof Schema; rows: number }[] = [];
  for (const table of TENANT_TABLES.people) removed.push({ table, rows: await countOf(transaction, table, tenant) });
  const accounts = await accountsOf(transaction, tenant);
  await removePeopleOf(transaction, tenant);
  const left = new Set((await usersIn(transaction, [...accounts.keys()])).map(({ id }) => id));
  const gone = [...accounts].filter(([id]) => !left.has(id));
  removed.push({ table: 'users', rows: gone.length });
  removed.push({ table: 'sessions', rows: gone.reduce((sum, [, sessions]) => sum + sessions, 0) });
  for (const table of TENANT_TABLES.removed) {
    const { numDeletedRows } = await transaction
      .deleteFrom(table)
      .where('tenant', '=', tenant)
      .executeTakeFirstOrThrow();
    removed.push({ table, rows: Number(numDeletedRows) });
  }
  const { numDeletedRows } = await transaction.deleteFrom('tenants').where('id', '=', tenant).executeTakeFirstOrThrow();
  removed.push({ table: 'tenants', rows: Number(numDeletedRows) });
  return removed;
}

async function countOf(
  transaction: Transaction<Schema>,
  table: (typeof TENANT_TABLES.people)[number],
  tenant: string,
): Promise<number> {
  const { rows } = await transaction
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow();
  return rows;
}

/** The accounts of its members, with how many sessions each has. */
async function accountsOf(transaction: Transaction<Schema>, tenant: string): Promise<ReadonlyMap<string, number>> {
  const rows = await transaction
    .selectFrom('memberships')
    .leftJoin('sessions', 'sessions.user_id', 'memberships.user_id')
    .select('memberships.user_id')
    .select(({ fn }) => fn.count<number>('sessions.token_hash').as('sessions'))
    .where('memberships.tenant', '=', tenant)
    .groupBy('memberships.user_id')
    .execute();
  return new Map(rows.map(({ user_id, sessions }) => [user_id, sessions]));
}

const usersIn = async (transaction: Transaction<Schema>, ids: readonly string[]) =>
  ids.length === 0 ? [] : transaction.selectFrom('users').select('id').where('id', 'in', ids).execute();

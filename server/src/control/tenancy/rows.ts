import type { Transaction } from 'kysely';
import type { Schema } from '../schema.ts';

/** Rows removed, by table, in the order of removal. */
export type RemovedRows = ReadonlyArray<{ readonly table: keyof Schema; readonly rows: number }>;

/**
 * Every table of the control database with a tenant's rows in it: removed with the tenant, referring ones first, or kept
 * and why. A test holds this against the database: a table that names tenants and is not here fails it.
 */
export const TENANT_TABLES = {
  removed: ['ingest_keys', 'tenant_suspensions', 'tenant_deletions'],
  /** By `removePeopleOf`. */
  people: ['sessions', 'users'],
  /** `audit` is the evidence of who did what; `certificates` that of the removal. */
  kept: ['audit', 'certificates'],
} as const satisfies Record<string, readonly (keyof Schema)[]>;

/** People who belong to this tenant alone, with what is theirs. */
export async function removePeopleOf(transaction: Transaction<Schema>, tenant: string): Promise<RemovedRows> {
  const people = transaction.selectFrom('users').select('id').where('tenant', '=', tenant);
  const sessions = await transaction.deleteFrom('sessions').where('user_id', 'in', people).executeTakeFirstOrThrow();
  const users = await transaction.deleteFrom('users').where('tenant', '=', tenant).executeTakeFirstOrThrow();
  return [
    { table: 'sessions', rows: Number(sessions.numDeletedRows) },
    { table: 'users', rows: Number(users.numDeletedRows) },
  ];
}

/** Everything of the tenant's but what is kept, the tenant itself last. */
export async function removeRowsOf(transaction: Transaction<Schema>, tenant: string): Promise<RemovedRows> {
  const removed: { table: keyof Schema; rows: number }[] = [...(await removePeopleOf(transaction, tenant))];
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

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Kysely } from 'kysely';
import { type Clock, OPERATOR_TENANT } from '#base';
import type { AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { newKey } from '../identity/keys.ts';
import type { Passwords } from '../identity/password.ts';
import { makeId, makeIngestKey, makePassword, type RandomBytes } from '../identity/secret.ts';
import { insertMembership, insertPerson } from '../identity/users.ts';
import type { Schema } from '../schema.ts';
import { type TenantDefaults, tenantValues } from './tenants.ts';

/** `bootstrap.json`: a promise to other programs, so its shape does not change. */
export interface Bootstrap {
  readonly operator: { readonly email: string; readonly password: string };
  readonly tenants: ReadonlyArray<{
    readonly id: string;
    readonly name: string;
    readonly mode: 'pool' | 'silo';
    readonly ingestKey: string;
    readonly admin: { readonly email: string; readonly password: string };
  }>;
}

const FIRST_TENANTS = [
  { id: 'tenant-a', name: 'Tenant A', mode: 'silo' },
  { id: 'tenant-b', name: 'Tenant B', mode: 'pool' },
] as const;

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly passwords: Passwords;
  readonly defaults: TenantDefaults;
  readonly path: string;
}

/** Whole and durable, or not there at all: written aside, synced, renamed, the folder synced. Mode 0600 throughout. */
function writeDurably(path: string, text: string): void {
  const aside = `${path}.tmp`;
  // Left over when an earlier first start was killed; one process owns the folder.
  rmSync(aside, { force: true });
  const file = openSync(aside, 'wx', 0o600);
  try {
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * On a database without people: makes Hanok's own tenant, the operator and the first two tenants with random secrets,
 * and leaves these in `path`. Afterwards it changes nothing and returns undefined.
 *
 * The file is written first: killed in between, the next start finds no people, makes new secrets and replaces it.
 */
export async function bootstrap(deps: Deps): Promise<Bootstrap | undefined> {
  const { dialect, audit, clock, random, passwords, defaults } = deps;
  const hasPeople = async (database: Kysely<Schema>) =>
    (await database.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined;
  if (await hasPeople(dialect.database)) return undefined;

  const made: Bootstrap = {
    operator: { email: 'operator@hanok.local', password: makePassword(random) },
    tenants: FIRST_TENANTS.map(({ id, name, mode }) => ({
      id,
      name,
      mode,
      ingestKey: makeIngestKey(random),
      admin: { email: `admin@${id}.hanok.local`, password: makePassword(random) },
    })),
  };
  const [operatorHash, ...adminHashes] = await Promise.all(
    [made.operator, ...made.tenants.map((tenant) => tenant.admin)].map((who) =>
      passwords.hash(who.password, 'bootstrap'),
    ),
  );
  writeDurably(deps.path, `${JSON.stringify(made, null, 2)}\n`);

  const now = clock.now();
  await audit.change(async (transaction) => {
    if (await hasPeople(transaction))
      throw fail('control.busy', 'another process made the first tenants at this moment', { retryAfter: 1 });
    await transaction
      .insertInto('tenants')
      .values([
        tenantValues(OPERATOR_TENANT, 'Hanok', 'pool', now, defaults),
        ...made.tenants.map(({ id, name, mode }) => tenantValues(id, name, mode, now, defaults)),
      ])
      .execute();
    const make = async (email: string, passwordHash: string, operatorRole: 'operator' | null): Promise<string> => {
      const id = makeId('u', random);
      await insertPerson(transaction, { id, email, created_at: now }, passwordHash, operatorRole);
      return id;
    };
    await make(made.operator.email, operatorHash!, 'operator');
    for (const [i, { id, admin }] of made.tenants.entries())
      await insertMembership(transaction, await make(admin.email, adminHashes[i]!, null), id, 'owner', now);
    await transaction
      .insertInto('ingest_keys')
      .values(made.tenants.map(({ id, ingestKey }) => newKey(makeId('k', random), id, 'first key', ingestKey, now)))
      .execute();
    return {
      result: undefined,
      entry: {
        actor: { name: 'system:bootstrap', tenant: null, remote: '' },
        action: 'bootstrap',
        target: 'instance',
        outcome: 'ok',
        detail: { operator: made.operator.email, tenants: made.tenants.map((tenant) => tenant.id) },
      },
      // Nobody can have been let in before.
      access: [],
    };
  });
  return made;
}

import { setImmediate } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import type { Transaction } from 'kysely';
import type { Clock } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { assertRoom, type LimitsOf } from '../limits/counted.ts';
import type { IngestKeysTable, Schema } from '../schema.ts';
import type { KeyUses } from '../tenancy/snapshot.ts';
import { digest, keyPrefix, makeId, makeIngestKey, type RandomBytes } from './secret.ts';

export type KeyRecord = Omit<IngestKeysTable, 'key_hash'>;

export interface MadeKey {
  readonly key: KeyRecord;
  readonly secret: string;
}

export interface WantedBounds {
  readonly networks?: readonly string[];
  readonly expiresInDays?: number | null;
}

/** Every query here carries the tenant: an id of another tenant is as good as none. */
export interface Keys {
  list(tenant: TenantId): Promise<KeyRecord[]>;
  /** The secret is in this answer only. Throws `control.too-many`. */
  create(by: Actor, tenant: TenantId, name: string, bounds?: WantedBounds): Promise<MadeKey>;
  /**
   * Makes a key in the place of one, with its name and networks and, if that one expires, for as long as it was made for.
   * The old one is good until the overlap is over, or until it expires by itself. Throws `control.not-found`,
   * `control.key-replaced`, `control.too-many`.
   */
  rotate(by: Actor, tenant: TenantId, id: string, overlapHours: number): Promise<MadeKey>;
  /** From its return on the key is refused everywhere. Throws `control.not-found`. */
  revoke(by: Actor, tenant: TenantId, id: string): Promise<void>;
  /** Writes when keys were last used; called now and then, not per use. */
  writeUses(): Promise<void>;
}

/** Uses written in one transaction. SQLite works on this thread: at 35 µs each, acknowledgements wait 7 ms at most. */
const USES_AT_ONCE = 200;
const COLUMNS = [
  'id',
  'tenant',
  'name',
  'prefix',
  'created_at',
  'last_used_at',
  'revoked_at',
  'expires_at',
  'networks',
  'replaced_by',
] as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A key as it is stored when it is made. */
export const newKey = (id: string, tenant: string, name: string, secret: string, now: number): IngestKeysTable => ({
  id,
  tenant,
  name,
  key_hash: digest(secret),
  prefix: keyPrefix(secret),
  created_at: now,
  last_used_at: null,
  revoked_at: null,
  expires_at: null,
  networks: '[]',
  replaced_by: null,
});

function recordOf({ key_hash: _, ...record }: IngestKeysTable): KeyRecord {
  return record;
}

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly uses: KeyUses;
  readonly limitsOf: LimitsOf;
}

export function openKeys({ dialect, audit, clock, random, uses, limitsOf }: Deps): Keys {
  const { database } = dialect;
  /** What `last_used_at` is known to hold, so that idle keys cost no write. */
  const written = new Map<string, number>();
  return {
    list: (tenant) =>
      database.selectFrom('ingest_keys').select(COLUMNS).where('tenant', '=', tenant).orderBy('created_at').execute(),
    async create(by, tenant, name, { networks = [], expiresInDays = null } = {}) {
      const secret = makeIngestKey(random);
      const now = clock.now();
      const row: IngestKeysTable = {
        ...newKey(makeId('k', random), tenant, name, secret, now),
        expires_at: expiresInDays === null ? null : now + expiresInDays * DAY_MS,
        networks: JSON.stringify(networks),
      };
      await audit.change(async (transaction) => {
        // One that was replaced is good for a while beside the other, and takes nobody's room.
        const { count } = await inForce(transaction, tenant, now)
          .where('replaced_by', 'is', null)
          .executeTakeFirstOrThrow();
        assertRoom(limitsOf(tenant), 'ingestKeys', count);
        await transaction.insertInto('ingest_keys').values(row).execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'key.create',
            target: row.id,
            outcome: 'ok',
            tenant,
            detail: {
              name,
              prefix: row.prefix,
              ...(networks.length > 0 && { networks }),
              ...(expiresInDays !== null && { expiresInDays }),
            },
          },
          access: [{ kind: 'key', id: row.id }],
        };
      });
      return { key: recordOf(row), secret };
    },
    async rotate(by, tenant, id, overlapHours) {
      const secret = makeIngestKey(random);
      const now = clock.now();
      const key = await audit.change(async (transaction) => {
        const old = await transaction
          .selectFrom('ingest_keys')
          .selectAll()
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (!old) throw fail('control.not-found', 'there is no such key in force', { at: 'id' });
        if (old.replaced_by !== null)
          throw fail('control.key-replaced', `the key was replaced by ${old.replaced_by}`, { at: 'id' });
        const { count } = await inForce(transaction, tenant, now).executeTakeFirstOrThrow();
        const limits = limitsOf(tenant);
        // Each key may have one that it replaced beside it.
        assertRoom({ ...limits, ingestKeys: limits.ingestKeys * 2 }, 'ingestKeys', count);
        const made: IngestKeysTable = {
          ...newKey(makeId('k', random), tenant, old.name, secret, now),
          networks: old.networks,
          expires_at: old.expires_at === null ? null : now + (old.expires_at - old.created_at),
        };
        await transaction.insertInto('ingest_keys').values(made).execute();
        const until = Math.min(old.expires_at ?? Number.POSITIVE_INFINITY, now + overlapHours * HOUR_MS);
        await transaction
          .updateTable('ingest_keys')
          .set({ expires_at: until, replaced_by: made.id })
          .where('id', '=', id)
          .execute();
        return {
          result: recordOf(made),
          entry: {
            actor: by,
            action: 'key.rotate',
            target: id,
            outcome: 'ok',
            tenant,
            detail: { name: old.name, prefix: old.prefix, replacedBy: made.id, overlapHours },
          },
          access: [
            { kind: 'key', id },
            { kind: 'key', id: made.id },
          ],
        };
      });
      return { key, secret };
    },
    async revoke(by, tenant, id) {
      await audit.change(async (transaction) => {
        const revoked = await transaction
          .updateTable('ingest_keys')
          .set({ revoked_at: clock.now() })
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .where('revoked_at', 'is', null)
          .returning(['name', 'prefix'])
          .executeTakeFirst();
        if (!revoked) throw fail('control.not-found', 'there is no such key in force', { at: 'id' });
        return {
          result: undefined,
          entry: { actor: by, action: 'key.revoke', target: id, outcome: 'ok', tenant, detail: revoked },
          access: [{ kind: 'key', id }],
        };
      });
    },
    async writeUses() {
      // In one order in every process, so that two of them never wait for each other's rows.
      const changed = [...uses]
        .filter(([id, use]) => use.at > (written.get(id) ?? 0))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      for (let from = 0; from < changed.length; from += USES_AT_ONCE) {
        if (from > 0) await setImmediate();
        const slice = changed.slice(from, from + USES_AT_ONCE).map(([id, use]) => [id, use.at] as const);
        await database.transaction().execute(async (transaction) => {
          for (const [id, at] of slice)
            await transaction
              .updateTable('ingest_keys')
              .set({ last_used_at: at })
              .where('id', '=', id)
              .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', at)]))
              .execute();
        });
        for (const [id, at] of slice) written.set(id, at);
      }
      for (const id of written.keys()) if (!uses.has(id)) written.delete(id);
    },
  };
}

/** How many keys of the tenant are good now. */
const inForce = (transaction: Transaction<Schema>, tenant: TenantId, now: number) =>
  transaction
    .selectFrom('ingest_keys')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('tenant', '=', tenant)
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]));

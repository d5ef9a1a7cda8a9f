import { setImmediate } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import type { Clock } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { assertRoom, type LimitsOf } from '../limits/counted.ts';
import type { IngestKeysTable } from '../schema.ts';
import type { KeyUses } from '../tenancy/snapshot.ts';
import { digest, keyPrefix, makeId, makeIngestKey, type RandomBytes } from './secret.ts';

export type KeyRecord = Omit<IngestKeysTable, 'key_hash'>;

/** Every query here carries the tenant: an id of another tenant is as good as none. */
export interface Keys {
  list(tenant: TenantId): Promise<KeyRecord[]>;
  /** The secret is in this answer only. Throws `control.too-many`. */
  create(by: Actor, tenant: TenantId, name: string): Promise<{ readonly key: KeyRecord; readonly secret: string }>;
  /** From its return on the key is refused everywhere. Throws `control.not-found`. */
  revoke(by: Actor, tenant: TenantId, id: string): Promise<void>;
  /** Writes when keys were last used; called now and then, not per use. */
  writeUses(): Promise<void>;
}

/** Uses written in one transaction. SQLite works on this thread: at 35 µs each, acknowledgements wait 7 ms at most. */
const USES_AT_ONCE = 200;
const COLUMNS = ['id', 'tenant', 'name', 'prefix', 'created_at', 'last_used_at', 'revoked_at'] as const;

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
    async create(by, tenant, name) {
      const secret = makeIngestKey(random);
      const key: KeyRecord = {
        id: makeId('k', random),
        tenant,
        name,
        prefix: keyPrefix(secret),
        created_at: clock.now(),
        last_used_at: null,
        revoked_at: null,
      };
      await audit.change(async (transaction) => {
        const { count } = await transaction
          .selectFrom('ingest_keys')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('tenant', '=', tenant)
          .where('revoked_at', 'is', null)
          .executeTakeFirstOrThrow();
        assertRoom(limitsOf(tenant), 'ingestKeys', count);
        await transaction
          .insertInto('ingest_keys')
          .values({ ...key, key_hash: digest(secret) })
          .execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'key.create',
            target: key.id,
            outcome: 'ok',
            tenant,
            detail: { name, prefix: key.prefix },
          },
          access: [{ kind: 'key', id: key.id }],
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

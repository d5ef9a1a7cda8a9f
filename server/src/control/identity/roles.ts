import { PERMISSIONS_OF_TENANT_ROLE, TENANT_ROLES, type TenantId, type TenantPermission } from '@hanok/contract';
import type { Clock } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { permissionsOfRole } from './rights.ts';
import { makeId, type RandomBytes } from './secret.ts';
import { assertHeld, type Granted } from './users.ts';

export interface RoleRecord {
  readonly id: string;
  /** Null for built-in ones. */
  readonly name: string | null;
  readonly permissions: readonly TenantPermission[];
  readonly members: number;
}

export interface RoleWish {
  readonly name: string;
  readonly permissions: readonly TenantPermission[];
}

/** Roles of a tenant. Nobody makes, changes or removes one that allows more than they hold (`control.more-than-yours`). */
export interface Roles {
  /** Built-in ones first. */
  list(tenant: TenantId): Promise<RoleRecord[]>;
  /** Throws `control.too-many`. */
  create(by: Actor, tenant: TenantId, granted: Granted, wish: RoleWish): Promise<RoleRecord>;
  /** Throws `control.not-found`. */
  change(by: Actor, tenant: TenantId, granted: Granted, id: string, wish: RoleWish): Promise<RoleRecord>;
  /** Throws `control.not-found`, `control.role-in-use`. */
  remove(by: Actor, tenant: TenantId, granted: Granted, id: string): Promise<void>;
}

const MOST_ROLES = 100;

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export function openRoles({ dialect: { database }, audit, clock, random }: Deps): Roles {
  const membersByRole = async (tenant: TenantId): Promise<ReadonlyMap<string, number>> => {
    const rows = await database
      .selectFrom('memberships')
      .select(({ fn }) => ['role', fn.countAll<number>().as('members')])
      .where('tenant', '=', tenant)
      .groupBy('role')
      .execute();
    return new Map(rows.map(({ role, members }) => [role, members]));
  };
  const list = async (tenant: TenantId): Promise<RoleRecord[]> => {
    const members = await membersByRole(tenant);
    const own = await database.selectFrom('roles').selectAll().where('tenant', '=', tenant).orderBy('name').execute();
    return [
      ...TENANT_ROLES.map((id) => ({ id, name: null, permissions: PERMISSIONS_OF_TENANT_ROLE[id] })),
      ...own.map(({ id, name, permissions }) => ({ id, name, permissions: [...permissionsOfRole(id, permissions)] })),
    ].map((role) => ({ ...role, members: members.get(role.id) ?? 0 }));
  };
  const find = async (tenant: TenantId, id: string): Promise<RoleRecord> => {
    const role = (await list(tenant)).find((one) => one.id === id);
    if (!role) throw fail('control.not-found', 'there is no such role', { at: 'id' });
    return role;
  };

  return {
    list,
    async create(by, tenant, granted, { name, permissions }) {
      assertHeld(granted, permissions, 'permissions');
      const id = makeId('r', random);
      await audit.change(async (transaction) => {
        const { count } = await transaction
          .selectFrom('roles')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('tenant', '=', tenant)
          .executeTakeFirstOrThrow();
        if (count >= MOST_ROLES) throw fail('control.too-many', `a tenant has at most ${MOST_ROLES} roles of its own`);
        await transaction
          .insertInto('roles')
          .values({ id, tenant, name, permissions: JSON.stringify([...new Set(permissions)]), created_at: clock.now() })
          .execute();
        return {
          result: undefined,
          entry: { actor: by, action: 'role.create', target: id, outcome: 'ok', tenant, detail: { name, permissions } },
          access: [],
        };
      });
      return find(tenant, id);
    },
    async change(by, tenant, granted, id, { name, permissions }) {
      assertHeld(granted, permissions, 'permissions');
      await audit.change(async (transaction) => {
        const before = await transaction
          .selectFrom('roles')
          .selectAll()
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .executeTakeFirst();
        if (!before) throw fail('control.not-found', 'there is no such role of the tenant', { at: 'id' });
        const allowed = [...permissionsOfRole(id, before.permissions)];
        assertHeld(granted, allowed, 'id');
        await transaction
          .updateTable('roles')
          .set({ name, permissions: JSON.stringify([...new Set(permissions)]) })
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'role.change',
            target: id,
            outcome: 'ok',
            tenant,
            detail: {
              ...(name === before.name ? {} : { name: { from: before.name, to: name } }),
              permissions: { from: allowed, to: permissions },
            },
          },
          access: [{ kind: 'tenant', tenant }],
        };
      });
      return find(tenant, id);
    },
    async remove(by, tenant, granted, id) {
      await audit.change(async (transaction) => {
        const role = await transaction
          .selectFrom('roles')
          .selectAll()
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .executeTakeFirst();
        if (!role) throw fail('control.not-found', 'there is no such role of the tenant', { at: 'id' });
        assertHeld(granted, permissionsOfRole(id, role.permissions), 'id');
        for (const table of ['memberships', 'service_accounts'] as const) {
          const user = await transaction
            .selectFrom(table)
            .select('id')
            .where('tenant', '=', tenant)
            .where('role', '=', id)
            .limit(1)
            .executeTakeFirst();
          if (user) throw fail('control.role-in-use', 'somebody has this role', { at: 'id' });
        }
        await transaction.deleteFrom('roles').where('id', '=', id).where('tenant', '=', tenant).execute();
        return {
          result: undefined,
          entry: { actor: by, action: 'role.remove', target: id, outcome: 'ok', tenant, detail: { name: role.name } },
          access: [],
        };
      });
    },
  };
}

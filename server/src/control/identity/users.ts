import { isTenantRole, type TenantId, type TenantPermission } from '@hanok/contract';
import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { assertRoom, type LimitsOf } from '../limits/counted.ts';
import type { Schema } from '../schema.ts';
import type { OwnPassword } from './own-password.ts';
import { laneOf, type Passwords } from './password.ts';
import { assertGoodPassword } from './password-rules.ts';
import { homeOf, permissionsOfRole } from './rights.ts';
import { makeId, makePassword, type RandomBytes } from './secret.ts';
import type { Session } from './sessions.ts';

/** A person as a member of one tenant. */
export interface UserRecord {
  readonly id: string;
  readonly email: string;
  /** A built-in role, or the id of one of the tenant's. */
  readonly role: string;
  /** Since when they are a member. */
  readonly created_at: number;
  readonly last_login_at: number | null;
}

/** Whoever gives a role must hold all that it allows: nobody gives more than they have. */
export type Granted = ReadonlySet<TenantPermission>;

/**
 * Members of a tenant. Every query carries the tenant: an id of another tenant is as good as none. Owners are made,
 * changed and removed by `setOwner` alone; everything else refuses to touch them (`control.owner`).
 */
export interface Users {
  list(tenant: TenantId): Promise<UserRecord[]>;
  /**
   * Makes a person; without a password one is made and returned, once. Throws `control.email-unavailable` (somebody who
   * has an account is invited, not made), `control.too-many`, `control.role-unknown`, `control.more-than-yours`.
   */
  create(
    by: Actor,
    tenant: TenantId,
    granted: Granted,
    wanted: { readonly email: string; readonly role: string; readonly password?: string | undefined },
  ): Promise<{ readonly user: UserRecord; readonly password: string | null }>;
  /**
   * Ends the person's sessions. Throws `control.not-found`, `control.owner`, and `control.shared-account` for somebody
   * who belongs to other tenants too: whoever sets a password can sign in with it everywhere.
   */
  resetPassword(by: Actor, tenant: TenantId, id: string, password: string | undefined): Promise<string | null>;
  /** A person's own change; ends all other sessions. Throws `control.wrong-password`, `control.login-throttled`. */
  changePassword(by: Actor, session: Session, current: string, next: string): Promise<void>;
  /** Throws `control.not-found`, `control.owner`, `control.role-unknown`, `control.more-than-yours`. */
  changeRole(
    by: Actor,
    tenant: TenantId,
    granted: Granted,
    id: string,
    role: string,
    reason?: string,
  ): Promise<UserRecord>;
  /** Signs a person out everywhere. Throws `control.not-found`, `control.owner`, `control.shared-account`. */
  endSessions(by: Actor, tenant: TenantId, id: string): Promise<void>;
  /** Makes an owner, or of an owner an administrator. Throws `control.not-found`, `control.last-owner`. */
  setOwner(by: Actor, tenant: TenantId, id: string, owner: boolean): Promise<UserRecord>;
  /** Takes the membership; with the last one the account goes too. Throws `control.not-found`, `control.owner`. */
  remove(by: Actor, tenant: TenantId, id: string): Promise<void>;
}

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly passwords: Passwords;
  readonly ownPassword: OwnPassword;
  readonly limitsOf: LimitsOf;
}

export const membershipId = (user: string, tenant: string): string => `${user}:${tenant}`;

/** Throws `control.role-unknown`, `control.more-than-yours`; a role that somebody may be given in this tenant otherwise. */
export async function assertGivable(
  transaction: Transaction<Schema>,
  tenant: TenantId,
  granted: Granted,
  role: string,
): Promise<void> {
  const custom = isTenantRole(role)
    ? null
    : await transaction
        .selectFrom('roles')
        .select('permissions')
        .where('id', '=', role)
        .where('tenant', '=', tenant)
        .executeTakeFirst();
  if (custom === undefined) throw fail('control.role-unknown', 'there is no such role', { at: 'role' });
  assertHeld(granted, permissionsOfRole(role, custom?.permissions ?? null), 'role');
}

/** Throws `control.more-than-yours`, naming what is missing. */
export function assertHeld(held: ReadonlySet<string>, wanted: Iterable<string>, at: string): void {
  const missing = [...wanted].filter((permission) => !held.has(permission));
  if (missing.length > 0)
    throw fail('control.more-than-yours', `you may not yourself: ${missing.join(', ')}`, {
      at,
      values: { permissions: missing.join(', ') },
    });
}

const membersOf = (from: Kysely<Schema> | Transaction<Schema>, tenant: TenantId) =>
  from
    .selectFrom('memberships')
    .innerJoin('users', 'users.id', 'memberships.user_id')
    .select(['users.id', 'users.email', 'memberships.role', 'memberships.created_at', 'users.last_login_at'])
    .where('memberships.tenant', '=', tenant);

/** Throws `control.not-found`. */
export async function findMember(transaction: Transaction<Schema>, tenant: TenantId, id: string): Promise<UserRecord> {
  const user = await membersOf(transaction, tenant).where('users.id', '=', id).executeTakeFirst();
  if (!user) throw fail('control.not-found', 'there is no such person', { at: 'id' });
  return user;
}

export function openUsers({ dialect, audit, clock, random, passwords, ownPassword, limitsOf }: Deps): Users {
  const { database } = dialect;
  const emailUnavailable = () =>
    fail('control.email-unavailable', 'this e-mail address cannot be used', { at: 'email' });

  const findNoOwner = async (transaction: Transaction<Schema>, tenant: TenantId, id: string): Promise<UserRecord> => {
    const user = await findMember(transaction, tenant, id);
    if (user.role === 'owner') throw fail('control.owner', 'this person is an owner of the tenant', { at: 'id' });
    return user;
  };
  const setRole = async (transaction: Transaction<Schema>, tenant: TenantId, id: string, role: string) => {
    await transaction
      .updateTable('memberships')
      .set({ role })
      .where('user_id', '=', id)
      .where('tenant', '=', tenant)
      .execute();
  };

  /** Names and ids of tenants, which no password may be. */
  const namesOf = async (tenants: readonly TenantId[]): Promise<string[]> => {
    if (tenants.length === 0) return [];
    const few = tenants.slice(0, 50);
    const rows = await database.selectFrom('tenants').select(['id', 'name']).where('id', 'in', few).execute();
    return rows.flatMap(({ id, name }) => [id, name]);
  };

  return {
    list: (tenant) => membersOf(database, tenant).orderBy('users.email').execute(),
    async create(by, tenant, granted, wanted) {
      const made = wanted.password === undefined ? makePassword(random) : null;
      const now = clock.now();
      const user: UserRecord = {
        id: makeId('u', random),
        email: wanted.email.toLowerCase(),
        role: wanted.role,
        created_at: now,
        last_login_at: null,
      };
      if (wanted.password !== undefined)
        assertGoodPassword(wanted.password, { email: user.email, tenants: await namesOf([tenant]) });
      // Hashed before the address is looked up, so that the answer for a taken one takes as long.
      const passwordHash = await passwords.hash(made ?? wanted.password ?? '', laneOf(by.name));
      try {
        await audit.change(async (transaction) => {
          await assertGivable(transaction, tenant, granted, wanted.role);
          const { count } = await transaction
            .selectFrom('memberships')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('tenant', '=', tenant)
            .executeTakeFirstOrThrow();
          assertRoom(limitsOf(tenant), 'people', count);
          await insertPerson(transaction, user, passwordHash, null);
          await insertMembership(transaction, user.id, tenant, user.role, now);
          return {
            result: undefined,
            entry: {
              actor: by,
              action: 'user.create',
              target: user.id,
              outcome: 'ok',
              tenant,
              detail: { email: user.email, role: user.role },
            },
            access: [],
          };
        });
      } catch (error) {
        if (dialect.isUniqueViolation(error)) throw emailUnavailable();
        throw error;
      }
      return { user, password: made };
    },
    async resetPassword(by, tenant, id, password) {
      if (password !== undefined) {
        const user = await membersOf(database, tenant).where('users.id', '=', id).executeTakeFirst();
        assertGoodPassword(password, { email: user?.email ?? '', tenants: await namesOf([tenant]) });
      }
      const made = password === undefined ? makePassword(random) : null;
      const passwordHash = await passwords.hash(made ?? password ?? '', laneOf(by.name));
      await audit.change(async (transaction) => {
        const user = await findNoOwner(transaction, tenant, id);
        await assertOwnAccount(transaction, tenant, id);
        await replacePassword(transaction, id, passwordHash);
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'user.reset-password',
            target: id,
            outcome: 'ok',
            tenant,
            detail: { email: user.email },
          },
          access: [{ kind: 'person', userId: id }],
        };
      });
      return made;
    },
    endSessions: (by, tenant, id) =>
      audit.change(async (transaction) => {
        const user = await findNoOwner(transaction, tenant, id);
        await assertOwnAccount(transaction, tenant, id);
        await transaction.deleteFrom('sessions').where('user_id', '=', id).execute();
        await transaction.deleteFrom('half_sign_ins').where('user_id', '=', id).execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'user.end-sessions',
            target: id,
            outcome: 'ok',
            tenant,
            detail: { email: user.email },
          },
          access: [{ kind: 'person', userId: id }],
        };
      }),
    async changePassword(by, session, current, next) {
      const userId = session.principal.id;
      const before = await ownPassword.prove(session.principal, current, 'current', by.remote);
      assertGoodPassword(
        next,
        { email: session.principal.name, tenants: await namesOf([...session.tenants.keys()]) },
        'next',
      );
      const passwordHash = await passwords.hash(next, laneOf(session.principal.name));
      await audit.change(async (transaction) => {
        const written = await transaction
          .updateTable('users')
          .set({ password_hash: passwordHash })
          .where('id', '=', userId)
          .where('password_hash', '=', before)
          .executeTakeFirstOrThrow();
        if (written.numUpdatedRows === 0n)
          throw fail('control.wrong-password', 'the password was changed meanwhile', { at: 'current' });
        await transaction.deleteFrom('links').where('user_id', '=', userId).execute();
        await transaction
          .deleteFrom('sessions')
          .where('user_id', '=', userId)
          .where('token_hash', '!=', session.tokenHash)
          .execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'user.change-password',
            target: userId,
            outcome: 'ok',
            tenant: homeOf(session) ?? null,
          },
          access: [{ kind: 'person', userId }],
        };
      });
    },
    async changeRole(by, tenant, granted, id, role, reason) {
      return audit.change(async (transaction) => {
        const user = await findNoOwner(transaction, tenant, id);
        await assertGivable(transaction, tenant, granted, role);
        // Taking away what one does not have oneself would let the lesser rule the greater.
        await assertGivable(transaction, tenant, granted, user.role);
        await setRole(transaction, tenant, id, role);
        return {
          result: { ...user, role },
          entry: {
            actor: by,
            action: 'user.change-role',
            target: id,
            outcome: 'ok',
            tenant,
            detail: { email: user.email },
            before: { role: user.role },
            after: { role },
            ...(reason === undefined ? {} : { reason }),
          },
          access: [{ kind: 'person', userId: id }],
        };
      });
    },
    async setOwner(by, tenant, id, owner) {
      return audit.change(async (transaction) => {
        const user = await findMember(transaction, tenant, id);
        if (!owner && user.role !== 'owner') throw fail('control.not-found', 'this person is no owner', { at: 'id' });
        if (!owner) await keepAnOwner(transaction, tenant, id);
        const role = owner ? 'owner' : 'admin';
        await setRole(transaction, tenant, id, role);
        return {
          result: { ...user, role },
          entry: {
            actor: by,
            action: owner ? 'user.make-owner' : 'user.take-ownership',
            target: id,
            outcome: 'ok',
            tenant,
            detail: { email: user.email, role: { from: user.role, to: role } },
          },
          access: [{ kind: 'person', userId: id }],
        };
      });
    },
    async remove(by, tenant, id) {
      await audit.change(async (transaction) => {
        const user = await findNoOwner(transaction, tenant, id);
        await transaction.deleteFrom('memberships').where('user_id', '=', id).where('tenant', '=', tenant).execute();
        await transaction.deleteFrom('api_tokens').where('user_id', '=', id).where('tenant', '=', tenant).execute();
        await deleteIfOfNobody(transaction, id);
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'user.remove',
            target: id,
            outcome: 'ok',
            tenant,
            detail: { email: user.email, role: user.role },
          },
          access: [{ kind: 'person', userId: id }],
        };
      });
    },
  };
}

export async function insertPerson(
  transaction: Transaction<Schema>,
  person: { readonly id: string; readonly email: string; readonly created_at: number },
  passwordHash: string,
  operatorRole: Schema['users']['operator_role'],
): Promise<void> {
  const { id, email, created_at } = person;
  await transaction
    .insertInto('users')
    .values({ id, email, password_hash: passwordHash, operator_role: operatorRole, created_at, last_login_at: null })
    .execute();
}

export async function insertMembership(
  transaction: Transaction<Schema>,
  user: string,
  tenant: string,
  role: string,
  now: number,
): Promise<void> {
  await transaction
    .insertInto('memberships')
    .values({ id: membershipId(user, tenant), user_id: user, tenant, role, created_at: now })
    .execute();
}

export async function replacePassword(transaction: Transaction<Schema>, id: string, hash: string): Promise<void> {
  await transaction.updateTable('users').set({ password_hash: hash }).where('id', '=', id).execute();
  // Somebody who found an older link must not set it again.
  await transaction.deleteFrom('links').where('user_id', '=', id).execute();
  await transaction.deleteFrom('sessions').where('user_id', '=', id).execute();
}

/** An account without a membership and without a role of the installation could do nothing. Its sessions go with it. */
export async function deleteIfOfNobody(transaction: Transaction<Schema>, id: string): Promise<void> {
  const other = await transaction.selectFrom('memberships').select('id').where('user_id', '=', id).executeTakeFirst();
  if (other) return;
  await transaction.deleteFrom('users').where('id', '=', id).where('operator_role', 'is', null).execute();
}

/** People whose only tenant this was lose their accounts, the others their membership. For the end of a tenant. */
export async function removePeopleOf(transaction: Transaction<Schema>, tenant: string): Promise<number> {
  const members = await transaction.selectFrom('memberships').select('user_id').where('tenant', '=', tenant).execute();
  await transaction.deleteFrom('memberships').where('tenant', '=', tenant).execute();
  await transaction.deleteFrom('api_tokens').where('tenant', '=', tenant).execute();
  await transaction.deleteFrom('service_accounts').where('tenant', '=', tenant).execute();
  await transaction.deleteFrom('roles').where('tenant', '=', tenant).execute();
  for (const { user_id } of members) await deleteIfOfNobody(transaction, user_id);
  return members.length;
}

/** Throws `control.shared-account` for somebody who belongs to another tenant or to the installation too. */
export async function assertOwnAccount(transaction: Transaction<Schema>, tenant: TenantId, id: string): Promise<void> {
  const elsewhere = await transaction
    .selectFrom('users')
    .leftJoin('memberships', (join) =>
      join.onRef('memberships.user_id', '=', 'users.id').on('memberships.tenant', '!=', tenant),
    )
    .select(['memberships.id', 'users.operator_role'])
    .where('users.id', '=', id)
    .executeTakeFirst();
  if (elsewhere && (elsewhere.id !== null || elsewhere.operator_role !== null))
    throw fail('control.shared-account', 'this account is not of this tenant alone', { at: 'id' });
}

async function keepAnOwner(transaction: Transaction<Schema>, tenant: TenantId, leaving: string): Promise<void> {
  const other = await transaction
    .selectFrom('memberships')
    .select('id')
    .where('tenant', '=', tenant)
    .where('role', '=', 'owner')
    .where('user_id', '!=', leaving)
    .limit(1)
    .executeTakeFirst();
  if (!other) throw fail('control.last-owner', 'this is the last owner of the tenant', { at: 'id' });
}

import type { TenantId } from '@hanok/contract';
import type { Transaction } from 'kysely';
import type { Clock } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import type { Schema, UsersTable } from '../schema.ts';
import { laneOf, type Passwords } from './password.ts';
import { makeId, makePassword, type RandomBytes } from './secret.ts';
import type { Session } from './sessions.ts';
import { LoginThrottle } from './throttle.ts';

export type UserRecord = Omit<UsersTable, 'password_hash'>;

/** Every query about a tenant's people carries the tenant: an id of another tenant is as good as none. */
export interface Users {
  list(tenant: TenantId): Promise<UserRecord[]>;
  /** Without a password one is made and returned, once. Throws `control.email-unavailable`, `control.too-many`. */
  create(
    by: Actor,
    tenant: TenantId,
    wanted: { readonly email: string; readonly role: 'admin' | 'member'; readonly password?: string | undefined },
  ): Promise<{ readonly user: UserRecord; readonly password: string | null }>;
  /** Ends the person's sessions. Throws `control.not-found`. */
  resetPassword(by: Actor, tenant: TenantId, id: string, password: string | undefined): Promise<string | null>;
  /** A person's own change; ends all other sessions. Throws `control.wrong-password`, `control.login-throttled`. */
  changePassword(by: Actor, session: Session, current: string, next: string): Promise<void>;
  /**
   * Sessions go on with the new role; what was opened with the old one is ended. Throws `control.not-found`,
   * `control.last-admin`.
   */
  changeRole(by: Actor, tenant: TenantId, id: string, role: 'admin' | 'member', reason?: string): Promise<UserRecord>;
  /** Ends the person's sessions at once. Throws `control.not-found`, `control.last-admin`. */
  remove(by: Actor, tenant: TenantId, id: string): Promise<void>;
}

const MOST_USERS = 10_000;
const COLUMNS = ['id', 'email', 'role', 'tenant', 'created_at', 'last_login_at'] as const;

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly passwords: Passwords;
}

export function openUsers({ dialect, audit, clock, random, passwords }: Deps): Users {
  const { database } = dialect;
  const throttle = new LoginThrottle();
  const emailUnavailable = () =>
    fail('control.email-unavailable', 'this e-mail address cannot be used', { at: 'email' });
  const find = async (transaction: Transaction<Schema>, tenant: TenantId, id: string) => {
    const user = await transaction
      .selectFrom('users')
      .select(COLUMNS)
      .where('id', '=', id)
      .where('tenant', '=', tenant)
      .executeTakeFirst();
    if (!user) throw fail('control.not-found', 'there is no such person', { at: 'id' });
    return user;
  };

  const keepAnAdmin = async (transaction: Transaction<Schema>, tenant: TenantId, leaving: string) => {
    const other = await transaction
      .selectFrom('users')
      .select('id')
      .where('tenant', '=', tenant)
      .where('role', '=', 'admin')
      .where('id', '!=', leaving)
      .limit(1)
      .executeTakeFirst();
    if (!other) throw fail('control.last-admin', 'this is the last administrator of the tenant', { at: 'id' });
  };

  return {
    list: (tenant) =>
      database.selectFrom('users').select(COLUMNS).where('tenant', '=', tenant).orderBy('email').execute(),
    async create(by, tenant, wanted) {
      const made = wanted.password === undefined ? makePassword(random) : null;
      const user: UserRecord = {
        id: makeId('u', random),
        email: wanted.email.toLowerCase(),
        role: wanted.role,
        tenant,
        created_at: clock.now(),
        last_login_at: null,
      };
      // Hashed before the address is looked up, so that the answer for a taken one takes as long.
      const passwordHash = await passwords.hash(made ?? wanted.password ?? '', laneOf(by.name));
      try {
        await audit.change(async (transaction) => {
          const { count } = await transaction
            .selectFrom('users')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('tenant', '=', tenant)
            .executeTakeFirstOrThrow();
          if (count >= MOST_USERS) throw fail('control.too-many', `a tenant has at most ${MOST_USERS} people`);
          await transaction
            .insertInto('users')
            .values({ ...user, password_hash: passwordHash })
            .execute();
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
      const made = password === undefined ? makePassword(random) : null;
      const passwordHash = await passwords.hash(made ?? password ?? '', laneOf(by.name));
      await audit.change(async (transaction) => {
        const user = await find(transaction, tenant, id);
        await transaction.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', id).execute();
        await transaction.deleteFrom('sessions').where('user_id', '=', id).execute();
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
    async changePassword(by, session, current, next) {
      const { userId } = session.person;
      const before = await database
        .selectFrom('users')
        .select('password_hash')
        .where('id', '=', userId)
        .executeTakeFirst();
      const wait = throttle.wait(userId, by.remote, clock.now());
      if (wait)
        throw fail('control.login-throttled', 'too many wrong passwords', {
          reason: wait.because,
          retryAfter: Math.ceil(wait.ms / 1_000),
        });
      // Whoever found a session open shall not guess its password.
      const settle = throttle.attempt(userId, by.remote);
      const lane = laneOf(session.person.email);
      const { right } = await passwords.check(current, before?.password_hash, lane).catch((error: unknown) => {
        settle('untried', clock.now());
        throw error;
      });
      settle(right ? 'right' : 'wrong', clock.now());
      if (!right || !before) {
        throw fail('control.wrong-password', 'the current password is wrong', { at: 'current' });
      }
      const passwordHash = await passwords.hash(next, lane);
      await audit.change(async (transaction) => {
        const written = await transaction
          .updateTable('users')
          .set({ password_hash: passwordHash })
          .where('id', '=', userId)
          .where('password_hash', '=', before.password_hash)
          .executeTakeFirstOrThrow();
        if (written.numUpdatedRows === 0n)
          throw fail('control.wrong-password', 'the password was changed meanwhile', { at: 'current' });
        await transaction
          .deleteFrom('sessions')
          .where('user_id', '=', userId)
          .where('token_hash', '!=', session.tokenHash)
          .execute();
        return {
          result: undefined,
          entry: { actor: by, action: 'user.change-password', target: userId, outcome: 'ok' },
          access: [{ kind: 'person', userId }],
        };
      });
    },
    async changeRole(by, tenant, id, role, reason) {
      return audit.change(async (transaction) => {
        const user = await find(transaction, tenant, id);
        if (user.role === 'admin' && role !== 'admin') await keepAnAdmin(transaction, tenant, id);
        await transaction
          .updateTable('users')
          .set({ role })
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .execute();
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
    async remove(by, tenant, id) {
      await audit.change(async (transaction) => {
        const user = await find(transaction, tenant, id);
        if (user.role === 'admin') await keepAnAdmin(transaction, tenant, id);
        // Sessions go with the person (ON DELETE CASCADE).
        await transaction.deleteFrom('users').where('id', '=', id).where('tenant', '=', tenant).execute();
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

import type { OperatorRole } from '@hanok/contract';
import type { Transaction } from 'kysely';
import type { Clock } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { laneOf, type Passwords } from './password.ts';
import { assertGoodPassword } from './password-rules.ts';
import { makeId, makePassword, type RandomBytes } from './secret.ts';
import { deleteIfOfNobody, insertPerson, replacePassword } from './users.ts';

export interface OperatorRecord {
  readonly id: string;
  readonly email: string;
  readonly role: OperatorRole;
  readonly created_at: number;
  readonly last_login_at: number | null;
}

/** Who runs the installation. One operator with all permissions stays (`control.last-operator`). */
export interface Operators {
  list(): Promise<OperatorRecord[]>;
  /** Without a password one is made and returned, once. Throws `control.email-unavailable`. */
  create(
    by: Actor,
    wanted: { readonly email: string; readonly role: OperatorRole; readonly password?: string | undefined },
  ): Promise<{ readonly operator: OperatorRecord; readonly password: string | null }>;
  /** Throws `control.not-found`, `control.last-operator`. */
  changeRole(by: Actor, id: string, role: OperatorRole): Promise<OperatorRecord>;
  /** Ends their sessions. Throws `control.not-found`. */
  resetPassword(by: Actor, id: string, password: string | undefined): Promise<string | null>;
  /** Throws `control.not-found`, `control.last-operator`. */
  remove(by: Actor, id: string): Promise<void>;
}

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly passwords: Passwords;
}

export function openOperators({ dialect, audit, clock, random, passwords }: Deps): Operators {
  const { database } = dialect;
  const all = (from: Transaction<Schema> | typeof database) =>
    from
      .selectFrom('users')
      .select(['id', 'email', 'operator_role', 'created_at', 'last_login_at'])
      .where('operator_role', 'is not', null)
      .orderBy('email');
  const recordOf = ({ operator_role: role, ...rest }: Awaited<ReturnType<typeof rowsOf>>[number]): OperatorRecord => ({
    ...rest,
    role: role!,
  });
  const rowsOf = (from: Transaction<Schema> | typeof database) => all(from).execute();
  const find = async (transaction: Transaction<Schema>, id: string): Promise<OperatorRecord> => {
    const row = await all(transaction).where('id', '=', id).executeTakeFirst();
    if (!row) throw fail('control.not-found', 'there is no such operator', { at: 'id' });
    return recordOf(row);
  };
  const keepOne = async (transaction: Transaction<Schema>, leaving: string): Promise<void> => {
    const other = await all(transaction)
      .where('operator_role', '=', 'operator')
      .where('id', '!=', leaving)
      .limit(1)
      .executeTakeFirst();
    if (!other) throw fail('control.last-operator', 'this is the last operator with all permissions', { at: 'id' });
  };
  const endAccess = async (transaction: Transaction<Schema>, by: Actor, id: string): Promise<void> => {
    await transaction
      .updateTable('operator_access')
      .set({ ended_at: clock.now(), ended_by: by.name })
      .where('user_id', '=', id)
      .where('ended_at', 'is', null)
      .where('ends_at', '>', clock.now())
      .execute();
  };

  return {
    list: async () => (await rowsOf(database)).map(recordOf),
    async create(by, { email: given, role, password }) {
      const made = password === undefined ? makePassword(random) : null;
      const operator: OperatorRecord = {
        id: makeId('u', random),
        email: given.toLowerCase(),
        role,
        created_at: clock.now(),
        last_login_at: null,
      };
      if (password !== undefined) assertGoodPassword(password, { email: operator.email });
      const passwordHash = await passwords.hash(made ?? password ?? '', laneOf(by.name));
      try {
        await audit.change(async (transaction) => {
          await insertPerson(transaction, operator, passwordHash, role);
          return {
            result: undefined,
            entry: {
              actor: by,
              action: 'operator.create',
              target: operator.id,
              outcome: 'ok',
              tenant: null,
              detail: { email: operator.email, role },
            },
            access: [],
          };
        });
      } catch (error) {
        if (dialect.isUniqueViolation(error))
          throw fail('control.email-unavailable', 'this e-mail address cannot be used', { at: 'email' });
        throw error;
      }
      return { operator, password: made };
    },
    changeRole: (by, id, role) =>
      audit.change(async (transaction) => {
        const operator = await find(transaction, id);
        if (role !== 'operator') await keepOne(transaction, id);
        await transaction.updateTable('users').set({ operator_role: role }).where('id', '=', id).execute();
        return {
          result: { ...operator, role },
          entry: {
            actor: by,
            action: 'operator.change-role',
            target: id,
            outcome: 'ok',
            tenant: null,
            detail: { email: operator.email, role: { from: operator.role, to: role } },
          },
          access: [{ kind: 'person', userId: id }],
        };
      }),
    async resetPassword(by, id, password) {
      if (password !== undefined) {
        const operator = (await rowsOf(database)).find((one) => one.id === id);
        assertGoodPassword(password, { email: operator?.email ?? '' });
      }
      const made = password === undefined ? makePassword(random) : null;
      const passwordHash = await passwords.hash(made ?? password ?? '', laneOf(by.name));
      await audit.change(async (transaction) => {
        const operator = await find(transaction, id);
        await replacePassword(transaction, id, passwordHash);
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'operator.reset-password',
            target: id,
            outcome: 'ok',
            tenant: null,
            detail: { email: operator.email },
          },
          access: [{ kind: 'person', userId: id }],
        };
      });
      return made;
    },
    async remove(by, id) {
      await audit.change(async (transaction) => {
        const operator = await find(transaction, id);
        await keepOne(transaction, id);
        await endAccess(transaction, by, id);
        await transaction.deleteFrom('api_tokens').where('user_id', '=', id).where('tenant', 'is', null).execute();
        await transaction.updateTable('users').set({ operator_role: null }).where('id', '=', id).execute();
        await deleteIfOfNobody(transaction, id);
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'operator.remove',
            target: id,
            outcome: 'ok',
            tenant: null,
            detail: { email: operator.email, role: operator.role },
          },
          access: [{ kind: 'person', userId: id }],
        };
      });
    },
  };
}

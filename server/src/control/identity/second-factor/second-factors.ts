import type { Transaction } from 'kysely';
import type { Clock } from '#base';
import type { Actor, AuditDraft, AuditLog } from '../../audit/log.ts';
import type { Dialect } from '../../dialect/dialect.ts';
import { fail } from '../../errors.ts';
import type { Schema } from '../../schema.ts';
import type { OwnPassword } from '../own-password.ts';
import { homeOf } from '../rights.ts';
import type { RandomBytes } from '../secret.ts';
import type { Session } from '../sessions.ts';
import { LoginThrottle } from '../throttle.ts';
import { assertOwnAccount, findMember } from '../users.ts';
import { replaceRecoveryCodes, spendRecoveryCode } from './recovery-codes.ts';
import { isSecondFactorRequired } from './requirement.ts';
import type { Sealer } from './sealer.ts';
import { base32, decideTotp, SECRET_BYTES, totpUri } from './totp.ts';

/** What an authenticator app is told, by hand or as a QR code. */
export interface TotpSecret {
  readonly secret: string;
  readonly uri: string;
}

export interface MySecondFactor {
  readonly totpSince: number | null;
  readonly recoveryCodesLeft: number;
  readonly required: boolean;
}

/** Which factor it was. */
export type UsedFactor = 'totp' | 'recovery-code';

interface Person {
  readonly id: string;
  readonly email: string;
}

/** A person's authenticator app and recovery codes. */
export interface SecondFactors {
  mine(session: Session): Promise<MySecondFactor>;
  /** Throws `control.wrong-password`, `control.login-throttled`, `control.second-factor-there`. */
  begin(by: Actor, session: Session, password: string): Promise<TotpSecret>;
  /** Ends their other sessions. Returns the recovery codes. Throws `control.wrong-code`, `control.no-second-factor`. */
  confirm(by: Actor, session: Session, code: string): Promise<readonly string[]>;
  /** Throws `control.second-factor-required`, `control.wrong-password`, `control.no-second-factor`. */
  remove(by: Actor, session: Session, password: string): Promise<void>;
  /** Throws `control.wrong-password`, `control.no-second-factor`. */
  newRecoveryCodes(by: Actor, session: Session, password: string): Promise<readonly string[]>;
  /**
   * For somebody who lost theirs; ends their sessions. `tenant`: whose administrator asks, undefined for an operator of
   * another. Throws `control.not-found`, `control.owner`, `control.shared-account`, `control.no-second-factor`.
   */
  take(by: Actor, tenant: Parameters<typeof findMember>[1] | undefined, id: string): Promise<void>;

  // ---- for signing in, each in the caller's transaction
  isSetUp(transaction: Transaction<Schema>, userId: string): Promise<boolean>;
  isRequired(
    transaction: Transaction<Schema>,
    person: { readonly id: string; readonly operatorRole: string | null },
  ): Promise<boolean>;
  beginIn(transaction: Transaction<Schema>, person: Person): Promise<TotpSecret>;
  /** Undefined when the code is wrong. */
  confirmIn(transaction: Transaction<Schema>, userId: string, code: string): Promise<readonly string[] | undefined>;
  /** Which factor the code is of; undefined when of none. It is spent. */
  spendIn(transaction: Transaction<Schema>, userId: string, code: string): Promise<UsedFactor | undefined>;
  /**
   * Runs what checks a code. Wrong ones of a person count together, wherever they come from: whoever tries them knows the
   * password already, so that strangers cannot keep the person out. Throws `control.login-throttled`, and
   * `control.wrong-code` when `work` finds it wrong.
   */
  guard<T>(userId: string, remote: string, work: () => Promise<T>): Promise<T>;
}

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly sealer: Sealer;
  readonly ownPassword: OwnPassword;
  /** Operators need one: the instance can be reached from beyond its machine. */
  readonly ofOperators: boolean;
}

const TOTP_CODE = /^\d{3}\s?\d{3}$/;

export const wrongCode = () => fail('control.wrong-code', 'this code is wrong', { at: 'code' });

export function openSecondFactors(deps: Deps): SecondFactors {
  const { dialect, audit, clock, random, sealer, ownPassword, ofOperators } = deps;
  const { database } = dialect;
  const throttle = new LoginThrottle();

  const factorOf = (transaction: Transaction<Schema>, userId: string) =>
    transaction.selectFrom('totp_factors').selectAll().where('user_id', '=', userId).executeTakeFirst();
  const isConfirmed = async (transaction: Transaction<Schema>, userId: string) =>
    ((await factorOf(transaction, userId))?.confirmed_at ?? null) !== null;
  const removeIn = async (transaction: Transaction<Schema>, userId: string): Promise<void> => {
    if (!(await isConfirmed(transaction, userId)))
      throw fail('control.no-second-factor', 'no authenticator app is set up', { at: 'id' });
    await transaction.deleteFrom('totp_factors').where('user_id', '=', userId).execute();
    await transaction.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  };
  const entryOf = (by: Actor, session: Session, action: string): AuditDraft & { actor: Actor } => ({
    actor: by,
    action,
    target: session.principal.id,
    outcome: 'ok',
    tenant: homeOf(session) ?? null,
  });

  const self: SecondFactors = {
    async mine(session) {
      const { id } = session.principal;
      return database.transaction().execute(async (transaction) => {
        const factor = await factorOf(transaction, id);
        const { left } = await transaction
          .selectFrom('recovery_codes')
          .select(({ fn }) => fn.countAll<number>().as('left'))
          .where('user_id', '=', id)
          .executeTakeFirstOrThrow();
        const required = await isSecondFactorRequired(
          transaction,
          { id, operatorRole: session.operatorRole },
          ofOperators,
        );
        return { totpSince: factor?.confirmed_at ?? null, recoveryCodesLeft: Number(left), required };
      });
    },
    async begin(by, session, password) {
      const { id, name: email } = session.principal;
      await ownPassword.prove(session.principal, password, 'password', by.remote);
      return audit.change(async (transaction) => {
        if (await isConfirmed(transaction, id))
          throw fail('control.second-factor-there', 'an authenticator app is set up already');
        return {
          result: await self.beginIn(transaction, { id, email }),
          entry: entryOf(by, session, 'second-factor.begin'),
          access: [],
        };
      });
    },
    confirm: (by, session, code) => {
      const userId = session.principal.id;
      return self.guard(userId, by.remote, () =>
        audit.change(async (transaction) => {
          const codes = await self.confirmIn(transaction, userId, code);
          if (!codes) throw wrongCode();
          // Whoever else is signed in came without it.
          await transaction
            .deleteFrom('sessions')
            .where('user_id', '=', userId)
            .where('token_hash', '!=', session.tokenHash)
            .execute();
          return {
            result: codes,
            entry: entryOf(by, session, 'second-factor.set-up'),
            access: [{ kind: 'person', userId }],
          };
        }),
      );
    },
    async remove(by, session, password) {
      const { id } = session.principal;
      await ownPassword.prove(session.principal, password, 'password', by.remote);
      await audit.change(async (transaction) => {
        if (await isSecondFactorRequired(transaction, { id, operatorRole: session.operatorRole }, ofOperators))
          throw fail('control.second-factor-required', 'you need a second factor');
        await removeIn(transaction, id);
        return { result: undefined, entry: entryOf(by, session, 'second-factor.remove'), access: [] };
      });
    },
    async newRecoveryCodes(by, session, password) {
      const { id } = session.principal;
      await ownPassword.prove(session.principal, password, 'password', by.remote);
      return audit.change(async (transaction) => {
        if (!(await isConfirmed(transaction, id)))
          throw fail('control.no-second-factor', 'no authenticator app is set up');
        return {
          result: await replaceRecoveryCodes(transaction, id, random),
          entry: entryOf(by, session, 'second-factor.recovery-codes'),
          access: [],
        };
      });
    },
    take: (by, tenant, id) =>
      audit.change(async (transaction) => {
        if (tenant !== undefined) {
          const user = await findMember(transaction, tenant, id);
          if (user.role === 'owner') throw fail('control.owner', 'this person is an owner of the tenant', { at: 'id' });
          await assertOwnAccount(transaction, tenant, id);
        } else {
          const operator = await transaction
            .selectFrom('users')
            .select('id')
            .where('id', '=', id)
            .where('operator_role', 'is not', null)
            .executeTakeFirst();
          if (!operator) throw fail('control.not-found', 'there is no such operator', { at: 'id' });
        }
        await removeIn(transaction, id);
        await transaction.deleteFrom('sessions').where('user_id', '=', id).execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: tenant === undefined ? 'operator.reset-second-factor' : 'user.reset-second-factor',
            target: id,
            outcome: 'ok',
            tenant: tenant ?? null,
          },
          access: [{ kind: 'person', userId: id }],
        };
      }),

    isSetUp: isConfirmed,
    isRequired: (transaction, person) => isSecondFactorRequired(transaction, person, ofOperators),
    async beginIn(transaction, { id, email }) {
      const secret = Buffer.from(random(SECRET_BYTES));
      await transaction
        .deleteFrom('totp_factors')
        .where('user_id', '=', id)
        .where('confirmed_at', 'is', null)
        .execute();
      await transaction
        .insertInto('totp_factors')
        .values({
          user_id: id,
          sealed_secret: sealer.seal(secret, id),
          created_at: clock.now(),
          confirmed_at: null,
          last_step: 0,
        })
        .execute();
      const text = base32(secret);
      return { secret: text, uri: totpUri(text, email) };
    },
    async confirmIn(transaction, userId, code) {
      const factor = await factorOf(transaction, userId);
      if (!factor || factor.confirmed_at !== null)
        throw fail('control.no-second-factor', 'no authenticator app is being set up');
      const step = decideTotp(sealer.open(factor.sealed_secret, userId), code, clock.now(), factor.last_step);
      if (step === undefined) return undefined;
      await transaction
        .updateTable('totp_factors')
        .set({ confirmed_at: clock.now(), last_step: step })
        .where('user_id', '=', userId)
        .execute();
      return replaceRecoveryCodes(transaction, userId, random);
    },
    async spendIn(transaction, userId, code) {
      if (!TOTP_CODE.test(code))
        return (await spendRecoveryCode(transaction, userId, code)) ? 'recovery-code' : undefined;
      const factor = await factorOf(transaction, userId);
      if (!factor || factor.confirmed_at === null) return undefined;
      const step = decideTotp(sealer.open(factor.sealed_secret, userId), code, clock.now(), factor.last_step);
      if (step === undefined) return undefined;
      const { numUpdatedRows } = await transaction
        .updateTable('totp_factors')
        .set({ last_step: step })
        .where('user_id', '=', userId)
        .where('last_step', '<', step)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n ? 'totp' : undefined;
    },
    async guard(userId, remote, work) {
      const wait = throttle.wait(userId, remote, clock.now(), 'second-factor');
      if (wait)
        throw fail('control.login-throttled', 'too many wrong codes', {
          reason: 'account',
          retryAfter: Math.ceil(wait.ms / 1_000),
        });
      const settle = throttle.attempt(userId, remote, 'second-factor');
      try {
        const result = await work();
        settle('right', clock.now());
        return result;
      } catch (error) {
        settle((error as { code?: unknown }).code === 'control.wrong-code' ? 'wrong' : 'untried', clock.now());
        throw error;
      }
    },
  };
  return self;
}

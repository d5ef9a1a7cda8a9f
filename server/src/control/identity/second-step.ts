import type { Transaction } from 'kysely';
import type { Clock } from '#base';
import type { AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import type { HalfSignInsTable, Schema } from '../schema.ts';
import { findMark, isMark, MOST_MARKS, makeMark } from './device.ts';
import type { Attempt, From, Opened } from './login.ts';
import type { SecondFactors, TotpSecret } from './second-factor/second-factors.ts';
import { wrongCode } from './second-factor/second-factors.ts';
import { digest, makeHalfToken, type RandomBytes } from './secret.ts';
import type { Sessions } from './sessions.ts';

/** The second step of signing in, with the token of the first. The token opens nothing else. */
export interface SecondStep {
  /** In the transaction of the first step: its token. */
  openIn(
    transaction: Transaction<Schema>,
    user: { readonly id: string; readonly passwordHash: string },
    next: HalfSignInsTable['next'],
  ): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** Throws `control.half-token`, `control.wrong-code`, `control.login-throttled`. */
  finish(token: string, code: string, from: From, attempt?: Attempt): Promise<Opened>;
  /** Throws `control.half-token`. */
  beginSetUp(token: string, from: From): Promise<TotpSecret>;
  /** As `finish`; and `control.no-second-factor`. */
  confirmSetUp(
    token: string,
    code: string,
    from: From,
    attempt?: Attempt,
  ): Promise<Opened & { readonly recoveryCodes: readonly string[] }>;
  /** Deletes what has run out. */
  sweep(): Promise<void>;
}

const LIFETIME_MS = 300_000;
/** A token is void after this many wrong codes: whoever goes on needs the password again, and is throttled there. */
const MOST_WRONG = 5;

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly sessions: Sessions;
  readonly factors: SecondFactors;
}

interface Half {
  readonly tokenHash: string;
  readonly userId: string;
  readonly email: string;
  readonly passwordHash: string;
  /** The only tenant of somebody who is no operator; whose affair it is. */
  readonly home: string | null;
}

export function openSecondStep({ dialect, audit, clock, random, sessions, factors }: Deps): SecondStep {
  const { database } = dialect;

  const find = async (
    from: Transaction<Schema> | typeof database,
    token: string,
    next: HalfSignInsTable['next'],
  ): Promise<Half> => {
    const tokenHash = digest(token);
    const row = await from
      .selectFrom('half_sign_ins')
      .innerJoin('users', 'users.id', 'half_sign_ins.user_id')
      .select([
        'users.id',
        'users.email',
        'users.password_hash',
        'users.operator_role',
        'half_sign_ins.password_digest',
      ])
      .where('half_sign_ins.token_hash', '=', tokenHash)
      .where('half_sign_ins.next', '=', next)
      .where('half_sign_ins.expires_at', '>', clock.now())
      .where('half_sign_ins.wrong', '<', MOST_WRONG)
      .executeTakeFirst();
    // A password changed meanwhile: the first step no longer counts.
    if (!row || row.password_digest !== digest(row.password_hash))
      throw fail('control.half-token', 'the first step of signing in is too long ago', { at: 'token' });
    const memberships = await from
      .selectFrom('memberships')
      .innerJoin('tenants', 'tenants.id', 'memberships.tenant')
      .select(['memberships.tenant', 'tenants.status'])
      .where('memberships.user_id', '=', row.id)
      .execute();
    if (row.operator_role === null && !memberships.some(({ status }) => status === 'active'))
      throw fail('control.half-token', 'the first step of signing in no longer counts', { at: 'token' });
    return {
      tokenHash,
      userId: row.id,
      email: row.email,
      passwordHash: row.password_hash,
      home: row.operator_role === null && memberships.length === 1 ? memberships[0]!.tenant : null,
    };
  };
  const actorOf = (half: Half, from: From) => ({ name: half.email, tenant: half.home, ...from });

  /** Checks a code and opens the session, or counts it as wrong. */
  const complete = async <T extends { readonly factor: string }>(
    token: string,
    next: HalfSignInsTable['next'],
    from: From,
    { marks: sent = [] }: Attempt,
    check: (transaction: Transaction<Schema>, half: Half) => Promise<T | undefined>,
  ): Promise<{ readonly opened: Opened; readonly found: T }> => {
    const { userId, ...seen } = await find(database, token, next);
    return factors.guard(userId, from.remote, async () => {
      try {
        return await audit.change(async (transaction) => {
          const half = await find(transaction, token, next);
          const found = await check(transaction, half);
          if (!found) throw wrongCode();
          await transaction.deleteFrom('half_sign_ins').where('token_hash', '=', half.tokenHash).execute();
          await transaction.updateTable('users').set({ last_login_at: clock.now() }).where('id', '=', userId).execute();
          const { ended, ...opened } = await sessions.openIn(transaction, userId, from.remote);
          const person = { id: userId, passwordHash: half.passwordHash };
          const marks = sent.filter(isMark).slice(0, MOST_MARKS);
          const known = findMark(marks, person, clock.now());
          const mark = makeMark(person, clock.now(), random);
          return {
            result: {
              opened: {
                ...opened,
                next: 'nothing' as const,
                marks: [mark, ...marks.filter((one) => one !== known?.mark)].slice(0, MOST_MARKS),
              },
              found,
            },
            entry: {
              actor: actorOf(half, from),
              action: 'login',
              target: half.email,
              outcome: 'ok',
              detail: { device: known ? 'known' : 'new', factor: found.factor },
            },
            access: ended.map((tokenHash) => ({ kind: 'session' as const, tokenHash })),
          };
        });
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'control.wrong-code') throw error;
        await database
          .updateTable('half_sign_ins')
          .set((row) => ({ wrong: row('wrong', '+', 1) }))
          .where('token_hash', '=', seen.tokenHash)
          .execute();
        audit.denied({
          actor: actorOf({ userId, ...seen }, from),
          action: 'login',
          target: seen.email,
          outcome: 'denied',
          detail: { reason: 'wrong-code' },
        });
        throw error;
      }
    });
  };

  return {
    async openIn(transaction, { id, passwordHash }, next) {
      const token = makeHalfToken(random);
      const expiresAt = clock.now() + LIFETIME_MS;
      await transaction
        .insertInto('half_sign_ins')
        .values({
          token_hash: digest(token),
          user_id: id,
          next,
          password_digest: digest(passwordHash),
          wrong: 0,
          expires_at: expiresAt,
        })
        .execute();
      return { token, expiresAt };
    },
    async finish(token, code, from, attempt = {}) {
      const { opened } = await complete(token, 'second-factor', from, attempt, async (transaction, { userId }) => {
        const factor = await factors.spendIn(transaction, userId, code);
        return factor && { factor };
      });
      return opened;
    },
    beginSetUp: (token, from) =>
      audit.change(async (transaction) => {
        const half = await find(transaction, token, 'set-up');
        // Set up elsewhere since: the next sign-in asks for it.
        if (await factors.isSetUp(transaction, half.userId))
          throw fail('control.half-token', 'an authenticator app was set up meanwhile', { at: 'token' });
        return {
          result: await factors.beginIn(transaction, { id: half.userId, email: half.email }),
          entry: {
            actor: actorOf(half, from),
            action: 'second-factor.begin',
            target: half.userId,
            outcome: 'ok',
            tenant: half.home,
          },
          access: [],
        };
      }),
    async confirmSetUp(token, code, from, attempt = {}) {
      const { opened, found } = await complete(token, 'set-up', from, attempt, async (transaction, { userId }) => {
        const recoveryCodes = await factors.confirmIn(transaction, userId, code);
        // Sessions from before came without it.
        await transaction.deleteFrom('sessions').where('user_id', '=', userId).execute();
        return recoveryCodes && { factor: 'set-up', recoveryCodes };
      });
      return { ...opened, recoveryCodes: found.recoveryCodes };
    },
    async sweep() {
      await database.deleteFrom('half_sign_ins').where('expires_at', '<=', clock.now()).execute();
    },
  };
}

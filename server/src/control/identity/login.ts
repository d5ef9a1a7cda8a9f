import { type Clock, sourceOf } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { findMark, isMark, MOST_MARKS, makeMark } from './device.ts';
import { laneOf, type Passwords } from './password.ts';
import { homeOf } from './rights.ts';
import type { SecondFactors } from './second-factor/second-factors.ts';
import type { SecondStep } from './second-step.ts';
import type { RandomBytes } from './secret.ts';
import type { Session, Sessions } from './sessions.ts';
import { LoginThrottle } from './throttle.ts';

export interface From {
  readonly remote: string;
  readonly requestId?: string;
}

/** What may come with an attempt to sign in. */
export interface Attempt {
  /** Marks of devices (`device.ts`), as an earlier login on the same device gave them. */
  readonly marks?: readonly string[];
  /** Aborted when nobody waits for the answer any more. A check that has not begun is then not made. */
  readonly signal?: AbortSignal;
}

export interface Opened {
  /** A session's token when nothing is left to do, else the first step's (`second-step.ts`). */
  readonly token: string;
  readonly next: 'nothing' | 'second-factor' | 'set-up';
  readonly expiresAt: number;
  /** To be kept by the device in place of those that came; none after a first step. */
  readonly marks: readonly string[];
}

export interface Login {
  /**
   * Opens a session, or for who has or needs a second factor the second step. Success and failure are in the audit log. Throws `control.wrong-credentials` (with the same work
   * for unknown addresses), `control.login-throttled`, `control.busy`, or the signal's reason.
   */
  login(email: string, password: string, from: From, attempt?: Attempt): Promise<Opened>;
  logout(session: Session, from: From): Promise<void>;
  /** Another session of the same person, or this one. Throws `control.not-found`. */
  endSession(by: Actor, session: Session, id: string): Promise<void>;
}

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly factors: SecondFactors;
  readonly secondStep: SecondStep;
}

export function openLogin(deps: Deps): Login {
  const { dialect, audit, clock, random, passwords, sessions, factors, secondStep } = deps;
  const { database } = dialect;
  const throttle = new LoginThrottle();
  /** Somebody whose tenants are all suspended may not. */
  const mayEnter = async (user: { readonly id: string; readonly operator_role: string | null }): Promise<boolean> =>
    user.operator_role !== null ||
    (await database
      .selectFrom('memberships')
      .innerJoin('tenants', 'tenants.id', 'memberships.tenant')
      .select('memberships.id')
      .where('memberships.user_id', '=', user.id)
      .where('tenants.status', '=', 'active')
      .limit(1)
      .executeTakeFirst()) !== undefined;
  return {
    async login(given, password, from, { marks: sent = [], signal } = {}) {
      const email = given.trim().toLowerCase();
      const now = clock.now();
      const user = await database
        .selectFrom('users')
        .select(['users.id', 'users.password_hash', 'users.operator_role'])
        .where('users.email', '=', email)
        .executeTakeFirst();
      const memberships = await database
        .selectFrom('memberships')
        .select('memberships.tenant')
        .where('memberships.user_id', '=', user?.id ?? '')
        .limit(2)
        .execute();
      // Whose affair it is: the only tenant's of its people. Of those with several, the operators'.
      const home = memberships.length === 1 && user?.operator_role === null ? memberships[0]!.tenant : null;
      // Attempts on addresses nobody has are for the operators; those on a tenant's people also for the tenant.
      const actor: Actor = { name: 'anonymous', tenant: home, ...from };
      const source = sourceOf(from.remote);
      const marks = sent.filter(isMark).slice(0, MOST_MARKS);
      const known = findMark(marks, user && { id: user.id, passwordHash: user.password_hash }, now);
      const wait = throttle.wait(email, from.remote, now, known?.device);
      if (wait) {
        // What a source is refused for is no news about each address it invents: one row tells of all.
        const target = wait.because === 'source' ? source : email;
        audit.denied({ actor, action: 'login', target, outcome: 'denied', detail: { reason: 'throttled' } });
        throw fail('control.login-throttled', 'too many failed attempts', {
          reason: wait.because,
          retryAfter: Math.ceil(wait.ms / 1_000),
        });
      }
      // All devices of a person have their turns together: somebody with many of them has no more than one.
      const lane = known ? laneOf(email) : source;
      const turn = { known: known !== undefined, signal };
      const settle = throttle.attempt(email, from.remote, known?.device);
      const check = async () => {
        try {
          return await passwords.check(password, user?.password_hash, lane, turn);
        } catch (error) {
          settle('untried', clock.now());
          const reason = signal?.aborted ? 'abandoned' : 'busy';
          audit.denied({ actor, action: 'login', target: source, outcome: 'failed', detail: { reason } });
          throw error;
        }
      };
      const { right, renew } = await check();
      const open = user !== undefined && (await mayEnter(user));
      settle(right && open ? 'right' : 'wrong', clock.now());
      if (!right || !open) {
        audit.denied({
          actor,
          action: 'login',
          target: email,
          outcome: 'denied',
          detail: { reason: right ? 'tenant-suspended' : 'wrong-credentials' },
        });
        throw fail('control.wrong-credentials', 'e-mail address or password is wrong');
      }
      // Nobody would have the session.
      signal?.throwIfAborted();
      const passwordHash = renew ? await passwords.hash(password, lane, turn) : undefined;
      const mark = makeMark({ id: user.id, passwordHash: passwordHash ?? user.password_hash }, now, random);
      const others = marks.filter((one) => one !== known?.mark);
      return audit.change<Opened>(async (transaction) => {
        const written = await transaction
          .updateTable('users')
          .set({ password_hash: passwordHash ?? user.password_hash })
          .where('id', '=', user.id)
          // A password changed, or a person removed, while this one was checked: the check no longer counts.
          .where('password_hash', '=', user.password_hash)
          .executeTakeFirstOrThrow();
        if (written.numUpdatedRows === 0n)
          throw fail('control.wrong-credentials', 'e-mail address or password is wrong');
        const next = (await factors.isSetUp(transaction, user.id))
          ? 'second-factor'
          : (await factors.isRequired(transaction, { id: user.id, operatorRole: user.operator_role }))
            ? 'set-up'
            : 'nothing';
        if (next !== 'nothing') {
          const person = { id: user.id, passwordHash: passwordHash ?? user.password_hash };
          return {
            result: { ...(await secondStep.openIn(transaction, person, next)), next, marks: [] },
            entry: {
              actor: { ...actor, name: email },
              action: 'login.first-step',
              target: email,
              outcome: 'ok',
              detail: { device: known ? 'known' : 'new', next },
            },
            access: [],
          };
        }
        await transaction.updateTable('users').set({ last_login_at: now }).where('id', '=', user.id).execute();
        const { ended, ...opened } = await sessions.openIn(transaction, user.id, from.remote);
        return {
          result: { ...opened, next, marks: [mark, ...others].slice(0, MOST_MARKS) },
          entry: {
            actor: { ...actor, name: email },
            action: 'login',
            target: email,
            outcome: 'ok',
            detail: { device: known ? 'known' : 'new' },
          },
          access: ended.map((tokenHash) => ({ kind: 'session' as const, tokenHash })),
        };
      });
    },
    async endSession(by, session, id) {
      const tokenHash = await sessions.find(session.principal.id, id);
      if (tokenHash === undefined) throw fail('control.not-found', 'there is no such session', { at: 'id' });
      await audit.change(async (transaction) => {
        await transaction.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute();
        return {
          result: undefined,
          entry: { actor: by, action: 'session.end', target: id, outcome: 'ok' },
          access: [{ kind: 'session', tokenHash }],
        };
      });
    },
    async logout(session, from) {
      const { name: email } = session.principal;
      await audit.change(async (transaction) => {
        await transaction.deleteFrom('sessions').where('token_hash', '=', session.tokenHash).execute();
        return {
          result: undefined,
          entry: {
            actor: { name: email, tenant: homeOf(session) ?? null, ...from },
            action: 'logout',
            target: email,
            outcome: 'ok',
          },
          access: [{ kind: 'session', tokenHash: session.tokenHash }],
        };
      });
    },
  };
}

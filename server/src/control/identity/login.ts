import { type Clock, sourceOf } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import type { Passwords } from './password.ts';
import type { Session, Sessions } from './sessions.ts';
import { LoginThrottle } from './throttle.ts';

export interface From {
  readonly remote: string;
  readonly requestId?: string;
}

export interface Login {
  /**
   * Opens a session. Success and failure are in the audit log. Throws `control.wrong-credentials` (with the same work
   * for unknown addresses), `control.login-throttled`, `control.busy`.
   */
  login(email: string, password: string, from: From): Promise<{ readonly token: string; readonly expiresAt: number }>;
  logout(session: Session, from: From): Promise<void>;
}

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
}

export function openLogin({ dialect, audit, clock, passwords, sessions }: Deps): Login {
  const { database } = dialect;
  const throttle = new LoginThrottle();
  return {
    async login(given, password, from) {
      const email = given.trim().toLowerCase();
      const now = clock.now();
      const user = await database
        .selectFrom('users')
        .leftJoin('tenants', 'tenants.id', 'users.tenant')
        .select(['users.id', 'users.password_hash', 'users.tenant', 'users.role', 'tenants.status'])
        .where('users.email', '=', email)
        .executeTakeFirst();
      // Attempts on addresses nobody has are for the operators; those on a tenant's people also for the tenant.
      const actor: Actor = { name: 'anonymous', tenant: user?.tenant ?? null, ...from };
      const source = sourceOf(from.remote);
      const wait = throttle.wait(email, from.remote, now);
      if (wait) {
        // What a source is refused for is no news about each address it invents: one row tells of all.
        const target = wait.because === 'source' ? source : email;
        audit.denied({ actor, action: 'login', target, outcome: 'denied', detail: { reason: 'throttled' } });
        throw fail('control.login-throttled', 'too many failed attempts', {
          reason: wait.because,
          retryAfter: Math.ceil(wait.ms / 1_000),
        });
      }
      const settle = throttle.attempt(email, from.remote);
      const check = async () => {
        try {
          return await passwords.check(password, user?.password_hash, source);
        } catch (error) {
          settle('untried', clock.now());
          audit.denied({ actor, action: 'login', target: source, outcome: 'failed', detail: { reason: 'busy' } });
          throw error;
        }
      };
      const { right, renew } = await check();
      const open = user !== undefined && (user.tenant === null || user.status === 'active');
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
      const passwordHash = renew ? await passwords.hash(password, source) : undefined;
      return audit.change(async (transaction) => {
        const written = await transaction
          .updateTable('users')
          .set({ last_login_at: now, ...(passwordHash === undefined ? {} : { password_hash: passwordHash }) })
          .where('id', '=', user.id)
          // A password changed, or a person removed, while this one was checked: the check no longer counts.
          .where('password_hash', '=', user.password_hash)
          .executeTakeFirstOrThrow();
        if (written.numUpdatedRows === 0n)
          throw fail('control.wrong-credentials', 'e-mail address or password is wrong');
        const { ended, ...opened } = await sessions.openIn(transaction, user.id, from.remote);
        return {
          result: opened,
          entry: { actor: { ...actor, name: email }, action: 'login', target: email, outcome: 'ok' },
          access: ended.map((tokenHash) => ({ kind: 'session' as const, tokenHash })),
        };
      });
    },
    async logout(session, from) {
      const { email } = session.person;
      await audit.change(async (transaction) => {
        await transaction.deleteFrom('sessions').where('token_hash', '=', session.tokenHash).execute();
        return {
          result: undefined,
          entry: {
            actor: { name: email, tenant: session.tenant ?? null, ...from },
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

import type { Kysely } from 'kysely';
import type { Clock } from '#base';
import { fail } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { laneOf, type Passwords } from './password.ts';
import { LoginThrottle } from './throttle.ts';

/** That the one at the keyboard knows the password of the account: whoever found a session open shall not guess it. */
export interface OwnPassword {
  /** The hash it was checked against. Throws `control.wrong-password`, `control.login-throttled`, `control.busy`. */
  prove(
    person: { readonly id: string; readonly name: string },
    password: string,
    at: string,
    remote: string,
  ): Promise<string>;
}

export function openOwnPassword(deps: {
  readonly database: Kysely<Schema>;
  readonly clock: Clock;
  readonly passwords: Passwords;
}): OwnPassword {
  const { database, clock, passwords } = deps;
  const throttle = new LoginThrottle();
  return {
    async prove({ id, name }, password, at, remote) {
      const before = await database.selectFrom('users').select('password_hash').where('id', '=', id).executeTakeFirst();
      const wait = throttle.wait(id, remote, clock.now());
      if (wait)
        throw fail('control.login-throttled', 'too many wrong passwords', {
          reason: wait.because,
          retryAfter: Math.ceil(wait.ms / 1_000),
        });
      const settle = throttle.attempt(id, remote);
      const { right } = await passwords.check(password, before?.password_hash, laneOf(name)).catch((error: unknown) => {
        settle('untried', clock.now());
        throw error;
      });
      settle(right ? 'right' : 'wrong', clock.now());
      if (!right || !before) throw fail('control.wrong-password', 'the current password is wrong', { at });
      return before.password_hash;
    },
  };
}

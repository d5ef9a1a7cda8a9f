import type { Transaction } from 'kysely';
import type { Clock } from '#base';
import type { Dialect } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';
import { rightsInTenants } from './memberships.ts';
import { instancePermissionsOf, type Rights } from './rights.ts';
import { digest, makeSessionToken, type RandomBytes } from './secret.ts';

/** The rights of a signed-in person. */
export interface Session extends Rights {
  readonly principal: Rights['principal'] & { readonly kind: 'person' };
}

export interface Sessions {
  /**
   * In the caller's transaction, so that what was checked of the person still holds when the session begins. `ended`:
   * the token hashes of older ones that made room.
   */
  openIn(
    transaction: Transaction<Schema>,
    userId: string,
    remote: string,
  ): Promise<{ readonly token: string; readonly expiresAt: number; readonly ended: readonly string[] }>;
  /** Undefined when unknown, expired, idle for too long, or when no tenant of the person is active and they are no operator. */
  resolve(token: string): Promise<Session | undefined>;
  end(tokenHash: string): Promise<void>;
  /** One person's sessions, newest first. */
  list(userId: string): Promise<SessionRecord[]>;
  /** The hash of the token of a session that `list` named. */
  find(userId: string, id: string): Promise<string | undefined>;
  /** Deletes what has run out. */
  sweep(): Promise<void>;
}

/** A session as its owner sees it. */
export interface SessionRecord {
  /** Says nothing of its token. */
  readonly id: string;
  readonly tokenHash: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
  readonly remote: string;
}

const idOf = (tokenHash: string): string => digest(`session ${tokenHash}`).slice(0, 22);

/** Seen-times are written this coarsely, so that most requests cost no write. */
const SEEN_EVERY_MS = 60_000;
/** The oldest of one person's sessions make room. */
const MOST_PER_USER = 50;
const TOKEN = /^hs_[\w-]{43}$/;

interface Deps {
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly lifetimeMs: number;
  readonly idleMs: number;
}

export function openSessions({ dialect, clock, random, lifetimeMs, idleMs }: Deps): Sessions {
  const { database } = dialect;
  const list = async (userId: string): Promise<SessionRecord[]> => {
    const now = clock.now();
    const rows = await database
      .selectFrom('sessions')
      .selectAll()
      .where('user_id', '=', userId)
      .where('expires_at', '>', now)
      .where('seen_at', '>', now - idleMs)
      .orderBy('created_at', 'desc')
      .orderBy('token_hash')
      .execute();
    return rows.map((row) => ({
      id: idOf(row.token_hash),
      tokenHash: row.token_hash,
      createdAt: row.created_at,
      seenAt: row.seen_at,
      expiresAt: row.expires_at,
      remote: row.remote,
    }));
  };
  return {
    list,
    find: async (userId, id) => (await list(userId)).find((one) => one.id === id)?.tokenHash,
    async openIn(transaction, userId, remote) {
      const token = makeSessionToken(random);
      const now = clock.now();
      const expiresAt = now + lifetimeMs;
      const older = await transaction
        .selectFrom('sessions')
        .select('token_hash')
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .execute();
      const ended = older.slice(MOST_PER_USER - 1).map(({ token_hash }) => token_hash);
      for (const token_hash of ended)
        await transaction.deleteFrom('sessions').where('token_hash', '=', token_hash).execute();
      await transaction
        .insertInto('sessions')
        .values({
          token_hash: digest(token),
          user_id: userId,
          created_at: now,
          expires_at: expiresAt,
          seen_at: now,
          remote: remote.slice(0, 64),
        })
        .execute();
      return { token, expiresAt, ended };
    },
    async resolve(token) {
      if (!TOKEN.test(token)) return undefined;
      const tokenHash = digest(token);
      const row = await database
        .selectFrom('sessions')
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .select(['sessions.expires_at', 'sessions.seen_at', 'users.id', 'users.email', 'users.operator_role'])
        .where('sessions.token_hash', '=', tokenHash)
        .executeTakeFirst();
      const now = clock.now();
      if (!row || now >= row.expires_at || now - row.seen_at >= idleMs) return undefined;
      const tenants = await rightsInTenants(database, { id: row.id, operatorRole: row.operator_role }, now);
      if (tenants.size === 0 && row.operator_role === null) return undefined;
      if (now - row.seen_at >= SEEN_EVERY_MS)
        await database.updateTable('sessions').set({ seen_at: now }).where('token_hash', '=', tokenHash).execute();
      return {
        principal: Object.freeze({
          kind: 'person',
          id: row.id,
          name: row.email,
          instance: instancePermissionsOf(row.operator_role),
        }),
        operatorRole: row.operator_role,
        tenants,
        userId: row.id,
        tokenHash,
        expiresAt: row.expires_at,
      };
    },
    async end(tokenHash) {
      await database.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute();
    },
    async sweep() {
      const now = clock.now();
      await database
        .deleteFrom('sessions')
        .where((where) => where.or([where('expires_at', '<=', now), where('seen_at', '<=', now - idleMs)]))
        .execute();
    },
  };
}

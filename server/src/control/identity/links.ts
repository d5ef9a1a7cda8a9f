import { isTenantId, type TenantId, type TenantPermission } from '@hanok/contract';
import type { Kysely, Transaction } from 'kysely';
import { type Clock, must, type Principal, sourceOf } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { assertRoom, type LimitsOf } from '../limits/counted.ts';
import type { LinksTable, Schema } from '../schema.ts';
import { rightsInTenants } from './memberships.ts';
import { laneOf, type Passwords } from './password.ts';
import { assertGoodPassword } from './password-rules.ts';
import { permissionsOfRole } from './rights.ts';
import { digest, makeId, makeLinkSecret, type RandomBytes } from './secret.ts';
import type { Session } from './sessions.ts';
import { LoginThrottle } from './throttle.ts';
import {
  assertGivable,
  assertOwnAccount,
  findMember,
  type Granted,
  insertMembership,
  insertPerson,
  replacePassword,
} from './users.ts';

/** A link as its maker sees it; the secret is in this answer only. */
export interface MadeLink {
  readonly row: LinksTable;
  readonly secret: string;
}

export interface LookedAt {
  readonly kind: LinksTable['kind'];
  readonly email: string;
  /** Name of the tenant; null for a reset. */
  readonly tenant: string | null;
  readonly expiresAt: number;
}

/** Who uses a link, before it is known who they are. */
export interface LinkUser {
  readonly remote: string;
  readonly requestId?: string;
}

/**
 * Links for one use within seven days: invitations to a tenant, and new passwords. A link stands on the right of who made
 * it, asked again when it is used: who may no longer invite has no open invitations either. For every link that opens
 * nothing there is one answer, `control.invalid-link`, and attempts are throttled by where they come from.
 */
export interface Links {
  /** Open invitations. */
  list(tenant: TenantId): Promise<LinksTable[]>;
  /**
   * Takes the place of an open one for the same address. Throws `control.role-unknown`, `control.more-than-yours`,
   * `control.already-member`, `control.too-many`, `control.people-only`.
   */
  invite(
    by: Actor,
    maker: Principal,
    tenant: TenantId,
    granted: Granted,
    wanted: { readonly email: string; readonly role: string },
  ): Promise<MadeLink>;
  /** Throws `control.not-found`. */
  revoke(by: Actor, tenant: TenantId, id: string): Promise<void>;
  /** Throws `control.not-found`, `control.owner`, `control.shared-account`, `control.people-only`. */
  resetOfMember(by: Actor, maker: Principal, tenant: TenantId, id: string): Promise<MadeLink>;
  /** Throws `control.not-found`, `control.people-only`. */
  resetOfOperator(by: Actor, maker: Principal, id: string): Promise<MadeLink>;
  /** Throws `control.invalid-link`, `control.login-throttled`. */
  look(secret: string, user: LinkUser): Promise<LookedAt>;
  /**
   * Makes the account of a new person with this password, or sets it. Throws `control.invalid-link`,
   * `control.login-throttled`, `control.common-password`, `control.account-exists`, `control.busy`.
   */
  accept(secret: string, password: string, user: LinkUser): Promise<{ readonly email: string }>;
  /** Throws `control.invalid-link`, `control.login-throttled`, `control.other-address`, `control.already-member`. */
  join(by: Actor, session: Session, secret: string): Promise<{ readonly tenant: TenantId }>;
  /** Deletes what has run out. */
  sweep(): Promise<void>;
}

const LIFETIME_MS = 7 * 86_400_000;
const MOST_OPEN = 500;

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly passwords: Passwords;
  readonly limitsOf: LimitsOf;
}

const invalidLink = () => fail('control.invalid-link', 'this link opens nothing', { at: 'secret' });

/** A link with which the person sets a password, in the transaction that makes them; it stands on the installation's right. */
export async function insertResetLink(
  transaction: Transaction<Schema>,
  person: { readonly id: string; readonly email: string },
  tenant: string | null,
  made: { readonly by: string | null; readonly name: string; readonly at: number },
  random: RandomBytes,
): Promise<MadeLink> {
  await transaction.deleteFrom('links').where('user_id', '=', person.id).execute();
  return insertLink(
    transaction,
    {
      kind: 'reset',
      email: person.email,
      tenant,
      role: null,
      user_id: person.id,
      made_by: made.by,
      made_by_name: made.name,
      created_at: made.at,
    },
    random,
  );
}

async function insertLink(
  transaction: Transaction<Schema>,
  wanted: Omit<LinksTable, 'id' | 'secret_hash' | 'expires_at'>,
  random: RandomBytes,
): Promise<MadeLink> {
  const secret = makeLinkSecret(random);
  const row: LinksTable = {
    ...wanted,
    id: makeId('l', random),
    secret_hash: digest(secret),
    expires_at: wanted.created_at + LIFETIME_MS,
  };
  await transaction.insertInto('links').values(row).execute();
  return { row, secret };
}

export function openLinks({ dialect, audit, clock, random, passwords, limitsOf }: Deps): Links {
  const { database } = dialect;
  const throttle = new LoginThrottle();

  /** Runs what tells by `control.invalid-link` that a secret was wrong; who guesses has to wait. */
  const throttled = async <T>(remote: string, work: () => Promise<T>): Promise<T> => {
    // By where it comes from alone: there is no account that it would be about.
    const source = sourceOf(remote);
    const wait = throttle.wait(source, remote, clock.now());
    if (wait)
      throw fail('control.login-throttled', 'too many links that open nothing', {
        reason: 'source',
        retryAfter: Math.ceil(wait.ms / 1_000),
      });
    const settle = throttle.attempt(source, remote);
    try {
      const result = await work();
      settle('right', clock.now());
      return result;
    } catch (error) {
      settle((error as { code?: unknown }).code === 'control.invalid-link' ? 'wrong' : 'untried', clock.now());
      throw error;
    }
  };

  /** The link of a secret, with what still holds of it. Throws `control.invalid-link`. */
  const find = async (from: Kysely<Schema> | Transaction<Schema>, secret: string): Promise<LinksTable> => {
    const link = await from
      .selectFrom('links')
      .selectAll()
      .where('secret_hash', '=', digest(secret))
      .where('expires_at', '>', clock.now())
      .executeTakeFirst();
    if (!link || !(await stillHolds(from, link, clock.now()))) throw invalidLink();
    return link;
  };
  const tenantOf = async (from: Kysely<Schema> | Transaction<Schema>, link: LinksTable) =>
    link.tenant === null
      ? undefined
      : from.selectFrom('tenants').select(['id', 'name']).where('id', '=', link.tenant).executeTakeFirstOrThrow();
  /** Whoever comes second finds it gone. */
  const use = async (transaction: Transaction<Schema>, link: LinksTable): Promise<void> => {
    const { numDeletedRows } = await transaction
      .deleteFrom('links')
      .where('id', '=', link.id)
      .executeTakeFirstOrThrow();
    if (numDeletedRows === 0n) throw invalidLink();
  };
  const personOf = (maker: Principal): string => {
    if (maker.kind !== 'person') throw fail('control.people-only', 'links are made by people');
    return maker.id;
  };
  const reset = async (
    by: Actor,
    maker: Principal,
    action: string,
    tenant: TenantId | null,
    findPerson: (transaction: Transaction<Schema>) => Promise<{ readonly id: string; readonly email: string }>,
  ): Promise<MadeLink> => {
    const madeBy = personOf(maker);
    return audit.change(async (transaction) => {
      const person = await findPerson(transaction);
      const made = { by: madeBy, name: by.name, at: clock.now() };
      return {
        result: await insertResetLink(transaction, person, tenant, made, random),
        entry: { actor: by, action, target: person.id, outcome: 'ok', tenant, detail: { email: person.email } },
        access: [],
      };
    });
  };

  return {
    list: (tenant) =>
      database
        .selectFrom('links')
        .selectAll()
        .where('tenant', '=', tenant)
        .where('kind', '=', 'invitation')
        .where('expires_at', '>', clock.now())
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute(),
    async invite(by, maker, tenant, granted, wanted) {
      const madeBy = personOf(maker);
      const email = wanted.email.toLowerCase();
      return audit.change(async (transaction) => {
        await assertGivable(transaction, tenant, granted, wanted.role);
        const member = await transaction
          .selectFrom('memberships')
          .innerJoin('users', 'users.id', 'memberships.user_id')
          .select('users.id')
          .where('memberships.tenant', '=', tenant)
          .where('users.email', '=', email)
          .executeTakeFirst();
        if (member) throw fail('control.already-member', 'this person is a member already', { at: 'email' });
        const open = () =>
          transaction.selectFrom('links').where('tenant', '=', tenant).where('kind', '=', 'invitation');
        const replaced = await open().select('id').where('email', '=', email).executeTakeFirst();
        if (replaced) await transaction.deleteFrom('links').where('id', '=', replaced.id).execute();
        const { count } = await open()
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow();
        if (count >= MOST_OPEN) throw fail('control.too-many', `a tenant has at most ${MOST_OPEN} open invitations`);
        const made = await insertLink(
          transaction,
          {
            kind: 'invitation',
            email,
            tenant,
            role: wanted.role,
            user_id: null,
            made_by: madeBy,
            made_by_name: by.name,
            created_at: clock.now(),
          },
          random,
        );
        return {
          result: made,
          entry: {
            actor: by,
            action: 'invitation.create',
            target: made.row.id,
            outcome: 'ok',
            tenant,
            detail: { email, role: wanted.role, ...(replaced ? { replaced: replaced.id } : {}) },
          },
          access: [],
        };
      });
    },
    revoke: (by, tenant, id) =>
      audit.change(async (transaction) => {
        const link = await transaction
          .selectFrom('links')
          .select(['email', 'role'])
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .where('kind', '=', 'invitation')
          .executeTakeFirst();
        if (!link) throw fail('control.not-found', 'there is no such invitation', { at: 'id' });
        await transaction.deleteFrom('links').where('id', '=', id).execute();
        return {
          result: undefined,
          entry: { actor: by, action: 'invitation.revoke', target: id, outcome: 'ok', tenant, detail: { ...link } },
          access: [],
        };
      }),
    resetOfMember: (by, maker, tenant, id) =>
      reset(by, maker, 'user.reset-link', tenant, async (transaction) => {
        const user = await findMember(transaction, tenant, id);
        if (user.role === 'owner') throw fail('control.owner', 'this person is an owner of the tenant', { at: 'id' });
        await assertOwnAccount(transaction, tenant, id);
        return user;
      }),
    resetOfOperator: (by, maker, id) =>
      reset(by, maker, 'operator.reset-link', null, async (transaction) => {
        const operator = await transaction
          .selectFrom('users')
          .select(['id', 'email'])
          .where('id', '=', id)
          .where('operator_role', 'is not', null)
          .executeTakeFirst();
        if (!operator) throw fail('control.not-found', 'there is no such operator', { at: 'id' });
        return operator;
      }),
    look: (secret, { remote }) =>
      throttled(remote, async () => {
        const link = await find(database, secret);
        const tenant = await tenantOf(database, link);
        return {
          kind: link.kind,
          email: link.email,
          tenant: link.kind === 'invitation' ? (tenant?.name ?? null) : null,
          expiresAt: link.expires_at,
        };
      }),
    accept: (secret, password, user) =>
      throttled(user.remote, async () => {
        // Before any work: strangers shall not make us hash.
        const seen = await find(database, secret);
        const about = await tenantOf(database, seen);
        assertGoodPassword(password, { email: seen.email, tenants: about ? [about.id, about.name] : [] });
        const passwordHash = await passwords.hash(password, laneOf(seen.email));
        return audit.change(async (transaction) => {
          const link = await find(transaction, secret);
          await use(transaction, link);
          const actor: Actor = { name: link.email, tenant: link.tenant, ...user };
          const userId =
            link.kind === 'reset'
              ? await setPassword(transaction, link, passwordHash)
              : await makePerson(transaction, link, passwordHash);
          return {
            result: { email: link.email },
            entry: {
              actor,
              action: 'link.use',
              target: userId,
              outcome: 'ok',
              tenant: link.tenant,
              detail: { kind: link.kind, email: link.email, role: link.role, by: link.made_by_name },
            },
            access: [{ kind: 'person', userId }],
          };
        });
      }),
    join: (by, session, secret) =>
      throttled(by.remote, () =>
        audit.change(async (transaction) => {
          const link = await find(transaction, secret);
          if (link.kind !== 'invitation') throw invalidLink();
          const { id: userId, name } = session.principal;
          if (link.email !== name)
            throw fail('control.other-address', 'the invitation is for another address', { at: 'secret' });
          const { tenant, role } = link;
          must(tenant !== null && isTenantId(tenant) && role !== null, 'an invitation names tenant and role');
          const there = await transaction
            .selectFrom('memberships')
            .select('id')
            .where('user_id', '=', userId)
            .where('tenant', '=', tenant)
            .executeTakeFirst();
          if (there) throw fail('control.already-member', 'you are a member already', { at: 'secret' });
          await use(transaction, link);
          await insertMember(transaction, userId, tenant, role);
          return {
            result: { tenant },
            entry: {
              actor: { ...by, tenant },
              action: 'invitation.accept',
              target: userId,
              outcome: 'ok',
              tenant,
              detail: { email: link.email, role, by: link.made_by_name },
            },
            access: [{ kind: 'person', userId }],
          };
        }),
      ),
    async sweep() {
      await database.deleteFrom('links').where('expires_at', '<=', clock.now()).execute();
    },
  };

  async function makePerson(transaction: Transaction<Schema>, link: LinksTable, passwordHash: string): Promise<string> {
    const { tenant, role, email } = link;
    must(tenant !== null && role !== null, 'an invitation names tenant and role');
    const there = await transaction.selectFrom('users').select('id').where('email', '=', email).executeTakeFirst();
    if (there) throw fail('control.account-exists', 'there is an account with this address', { at: 'password' });
    const id = makeId('u', random);
    await insertPerson(transaction, { id, email, created_at: clock.now() }, passwordHash, null);
    await insertMember(transaction, id, tenant, role);
    return id;
  }

  async function insertMember(transaction: Transaction<Schema>, user: string, tenant: string, role: string) {
    const { count } = await transaction
      .selectFrom('memberships')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('tenant', '=', tenant)
      .executeTakeFirstOrThrow();
    must(isTenantId(tenant), 'tenant ids in the database are valid');
    assertRoom(limitsOf(tenant), 'people', count);
    await insertMembership(transaction, user, tenant, role, clock.now());
  }

  async function setPassword(transaction: Transaction<Schema>, link: LinksTable, hash: string): Promise<string> {
    must(link.user_id !== null, 'a reset names whose password it sets');
    await replacePassword(transaction, link.user_id, hash);
    return link.user_id;
  }
}

/** Whether whoever made it could make it now, and whether what it is about is still so. */
async function stillHolds(from: Kysely<Schema> | Transaction<Schema>, link: LinksTable, now: number): Promise<boolean> {
  if (link.tenant !== null) {
    const tenant = await from.selectFrom('tenants').select('status').where('id', '=', link.tenant).executeTakeFirst();
    if (tenant?.status !== 'active') return false;
  }
  const wanted = await permissionsGiven(from, link);
  if (wanted === undefined) return false;
  const owner = link.kind === 'reset' ? await resetHolds(from, link) : true;
  if (!owner) return false;
  if (link.made_by === null) return true;
  const maker = await from
    .selectFrom('users')
    .select(['id', 'operator_role'])
    .where('id', '=', link.made_by)
    .executeTakeFirst();
  if (!maker) return false;
  // What is made with the installation's permissions: operators open a tenant for an hour, what they made in it stays.
  if (maker.operator_role === 'operator') return true;
  if (link.tenant === null) return false;
  const rights = await rightsInTenants(from, { id: maker.id, operatorRole: maker.operator_role }, now);
  const held = [...rights].find(([tenant]) => tenant === link.tenant)?.[1].permissions;
  return held?.has('people.write') === true && [...wanted].every((permission) => held.has(permission));
}

/** What the role of an invitation allows; undefined when the role is gone. Nothing for a reset. */
async function permissionsGiven(
  from: Kysely<Schema> | Transaction<Schema>,
  { role, tenant }: LinksTable,
): Promise<ReadonlySet<TenantPermission> | undefined> {
  if (role === null || tenant === null) return new Set();
  if (!role.startsWith('r_')) return permissionsOfRole(role, null);
  const custom = await from
    .selectFrom('roles')
    .select('permissions')
    .where('id', '=', role)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return custom && permissionsOfRole(role, custom.permissions);
}

/** Since it was made the person may have joined another tenant, left this one, or become an owner. */
async function resetHolds(from: Kysely<Schema> | Transaction<Schema>, link: LinksTable): Promise<boolean> {
  const person = await from
    .selectFrom('users')
    .select('operator_role')
    .where('id', '=', link.user_id ?? '')
    .executeTakeFirst();
  if (!person) return false;
  if (link.tenant === null) return person.operator_role !== null;
  const memberships = await from
    .selectFrom('memberships')
    .select(['tenant', 'role'])
    .where('user_id', '=', link.user_id ?? '')
    .execute();
  const [only, ...others] = memberships;
  if (others.length > 0 || only?.tenant !== link.tenant || person.operator_role !== null) return false;
  return only.role !== 'owner' || link.made_by === null;
}

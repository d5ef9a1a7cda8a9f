import type { TenantId } from '@hanok/contract';
import { type JwtAlgorithm, type JwtIssuerRequest, PUBLIC_KEY_ALGORITHMS, SECRET_ALGORITHMS } from '@hanok/contract';
import type { Clock } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import type { JwtIssuersTable } from '../schema.ts';
import { readPublicKeys } from './public-keys.ts';
import { makeId, type RandomBytes } from './secret.ts';

export type JwtIssuerRecord = Omit<JwtIssuersTable, 'secret'>;

/** Every query here carries the tenant: an id of another tenant is as good as none. */
export interface JwtIssuers {
  list(tenant: TenantId): Promise<JwtIssuerRecord[]>;
  /** Throws `control.invalid-jwt-issuer`, `control.jwt-issuer-exists`, `control.too-many`, and what is wrong with a URL. */
  create(by: Actor, tenant: TenantId, wanted: JwtIssuerRequest): Promise<JwtIssuerRecord>;
  /** From its return on tokens are judged by it everywhere. Throws the same and `control.not-found`. */
  change(by: Actor, tenant: TenantId, id: string, wanted: JwtIssuerRequest): Promise<JwtIssuerRecord>;
  /** From its return on its tokens are refused everywhere. Throws `control.not-found`. */
  remove(by: Actor, tenant: TenantId, id: string): Promise<void>;
}

const MOST_ISSUERS = 20;
/** Bytes of a secret: as many as the hash has (RFC 7518 §3.2). */
const LEAST_SECRET: Readonly<Record<(typeof SECRET_ALGORITHMS)[number], number>> = { HS256: 32, HS384: 48, HS512: 64 };

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly checkUrl: (tenant: TenantId, url: string) => void;
}

type Settings = Omit<JwtIssuersTable, 'id' | 'tenant' | 'revision' | 'created_at' | 'changed_at'>;

const wrong = (reason: string, at: string, message: string) =>
  fail('control.invalid-jwt-issuer', message, { at, reason });

const isSecretAlgorithm = (one: JwtAlgorithm): one is (typeof SECRET_ALGORITHMS)[number] =>
  SECRET_ALGORITHMS.some((name) => name === one);

/** What is asked for as it is stored. `kept`: the secret that is there already. */
function settingsOf(wanted: JwtIssuerRequest, kept: string | null, checkUrl: (url: string) => void): Settings {
  const { source } = wanted;
  const secretly = source === 'secret';
  const algorithms = wanted.algorithms ?? (secretly ? (['HS256'] as const) : PUBLIC_KEY_ALGORITHMS);
  const odd = algorithms.find((one) => isSecretAlgorithm(one) !== secretly);
  // A public key that is taken for a secret is known to everybody (RFC 8725 §2.1): the two never stand in one issuer.
  if (odd !== undefined)
    throw wrong('algorithm', 'algorithms', `${odd} ${secretly ? 'needs a public key' : 'needs a secret'}`);
  if (source === 'discovery') checkUrl(wanted.issuer);
  if (source === 'jwks') {
    if (wanted.jwksUrl === undefined) throw wrong('url-missing', 'jwksUrl', 'the URL of the key set is missing');
    checkUrl(wanted.jwksUrl);
  }
  if (source === 'static' && wanted.keys === undefined) throw wrong('keys-missing', 'keys', 'the keys are missing');
  const secret = secretly ? (wanted.secret ?? kept) : null;
  if (secretly) {
    if (secret === null) throw wrong('secret-missing', 'secret', 'the secret is missing');
    const least = Math.max(...algorithms.map((one) => (isSecretAlgorithm(one) ? LEAST_SECRET[one] : 0)));
    if (Buffer.byteLength(secret) < least)
      throw fail('control.invalid-jwt-issuer', `the secret has fewer than ${least} bytes`, {
        at: 'secret',
        reason: 'secret-short',
        values: { least },
      });
    if (/\p{Cc}|\p{Cs}/u.test(secret)) throw wrong('secret-missing', 'secret', 'the secret has control characters');
  }
  return {
    name: wanted.name,
    issuer: wanted.issuer,
    source,
    jwks_url: source === 'jwks' ? wanted.jwksUrl! : null,
    keys: source === 'static' ? JSON.stringify({ keys: readPublicKeys(wanted.keys!) }) : null,
    secret,
    audiences: JSON.stringify([...new Set(wanted.audiences)]),
    algorithms: JSON.stringify([...new Set(algorithms)]),
    leeway_seconds: wanted.leewaySeconds,
    required_claims: JSON.stringify(wanted.requiredClaims),
    tenant_claim: wanted.tenantClaim,
  };
}

/** For the audit log: everything but the secret, of which only is said whether it changed. */
function told({ secret, ...settings }: Settings, before: string | null) {
  return secret === null ? settings : { ...settings, secret: secret === before ? 'unchanged' : 'set' };
}

const shown = ({ secret: _, ...record }: JwtIssuersTable): JwtIssuerRecord => record;

export function openJwtIssuers({ dialect, audit, clock, random, checkUrl }: Deps): JwtIssuers {
  const { database } = dialect;
  const unique = async <T>(issuer: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!dialect.isUniqueViolation(error)) throw error;
      throw fail('control.jwt-issuer-exists', `the issuer ${issuer} is there already`, {
        at: 'issuer',
        values: { issuer },
      });
    }
  };
  const missing = () => fail('control.not-found', 'there is no such issuer', { at: 'id' });
  return {
    async list(tenant) {
      const rows = await database
        .selectFrom('jwt_issuers')
        .selectAll()
        .where('tenant', '=', tenant)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(shown);
    },
    async create(by, tenant, wanted) {
      const settings = settingsOf(wanted, null, (url) => checkUrl(tenant, url));
      const at = clock.now();
      const row: JwtIssuersTable = {
        id: makeId('ji', random),
        tenant,
        ...settings,
        revision: 1,
        created_at: at,
        changed_at: at,
      };
      await unique(wanted.issuer, () =>
        audit.change(async (transaction) => {
          const { count } = await transaction
            .selectFrom('jwt_issuers')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('tenant', '=', tenant)
            .executeTakeFirstOrThrow();
          if (count >= MOST_ISSUERS) throw fail('control.too-many', `a tenant has at most ${MOST_ISSUERS} issuers`);
          await transaction.insertInto('jwt_issuers').values(row).execute();
          return {
            result: undefined,
            entry: {
              actor: by,
              action: 'jwt-issuer.create',
              target: row.id,
              outcome: 'ok',
              tenant,
              detail: { after: told(settings, null) },
            },
            access: [{ kind: 'jwt-issuer', id: row.id }],
          };
        }),
      );
      return shown(row);
    },
    change: (by, tenant, id, wanted) =>
      unique(wanted.issuer, () =>
        audit.change(async (transaction) => {
          const before = await transaction
            .selectFrom('jwt_issuers')
            .selectAll()
            .where('id', '=', id)
            .where('tenant', '=', tenant)
            .executeTakeFirst();
          if (!before) throw missing();
          const settings = settingsOf(wanted, before.secret, (url) => checkUrl(tenant, url));
          const after = { ...settings, revision: before.revision + 1, changed_at: clock.now() };
          await transaction
            .updateTable('jwt_issuers')
            .set(after)
            .where('id', '=', id)
            .where('tenant', '=', tenant)
            .execute();
          const { id: _id, tenant: _tenant, revision: _r, created_at: _c, changed_at: _ch, ...old } = before;
          return {
            result: shown({ ...before, ...after }),
            entry: {
              actor: by,
              action: 'jwt-issuer.change',
              target: id,
              outcome: 'ok',
              tenant,
              detail: { before: told(old, old.secret), after: told(settings, old.secret) },
            },
            access: [{ kind: 'jwt-issuer', id }],
          };
        }),
      ),
    async remove(by, tenant, id) {
      await audit.change(async (transaction) => {
        const gone = await transaction
          .deleteFrom('jwt_issuers')
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .returning(['name', 'issuer'])
          .executeTakeFirst();
        if (!gone) throw missing();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'jwt-issuer.remove',
            target: id,
            outcome: 'ok',
            tenant,
            detail: { before: gone },
          },
          access: [{ kind: 'jwt-issuer', id }],
        };
      });
    },
  };
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantId, TenantLimits, TenantLive } from '@hanok/contract';
import { type Clock, type Log, must, type Route } from '#base';
import { type AccessChange, type AccessFeed, openAccessFeed } from './access/feed.ts';
import { type AuditLog, openAuditLog } from './audit/log.ts';
import type { ControlConfig } from './config.ts';
import { openDialect } from './dialect/open.ts';
import { type JwtIssuers, openJwtIssuers } from './identity/jwt-issuers.ts';
import { type Keys, openKeys } from './identity/keys.ts';
import type { SendMail } from './identity/link-mail.ts';
import { type Links, openLinks } from './identity/links.ts';
import { type Login, openLogin } from './identity/login.ts';
import { type OperatorAccess, openOperatorAccess } from './identity/operator-access.ts';
import { type Operators, openOperators } from './identity/operators.ts';
import { openOwnPassword } from './identity/own-password.ts';
import { openPasswords } from './identity/password.ts';
import type { Rights } from './identity/rights.ts';
import { openRoles, type Roles } from './identity/roles.ts';
import { openSealer } from './identity/second-factor/sealer.ts';
import { openSecondFactors, type SecondFactors } from './identity/second-factor/second-factors.ts';
import { openSecondStep, type SecondStep } from './identity/second-step.ts';
import type { RandomBytes } from './identity/secret.ts';
import { openServiceAccounts, type ServiceAccounts } from './identity/service-accounts.ts';
import { openSessions, type Session, type Sessions } from './identity/sessions.ts';
import { openTokens, type Tokens } from './identity/tokens.ts';
import { openUsers, type Users } from './identity/users.ts';
import type { LimitsOf } from './limits/counted.ts';
import { countsOf } from './limits/counts.ts';
import { openPlans, type Plans } from './limits/plans.ts';
import { type LimitUses, limitRoutes } from './limits/routes.ts';
import { migrate } from './migrations/migrate.ts';
import { auditRoutes } from './routes/audit.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { jwtIssuerRoutes } from './routes/jwt-issuers.ts';
import { keyRoutes } from './routes/keys.ts';
import { linkRoutes, urlOfLink } from './routes/links.ts';
import { operatorRoutes } from './routes/operators.ts';
import { roleRoutes } from './routes/roles.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { userRoutes } from './routes/users.ts';
import { type InstanceSigner, openInstanceSigner } from './signing/signer.ts';
import { type Bootstrap, bootstrap } from './tenancy/bootstrap.ts';
import { type Deletions, openDeletions } from './tenancy/deletions.ts';
import { openTenantSettings } from './tenancy/settings.ts';
import { type KeyUses, readSnapshot, type Snapshot, type Tenant } from './tenancy/snapshot.ts';
import { openTenants, type Tenants } from './tenancy/tenants.ts';

export interface ControlDeps {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomBytes: RandomBytes;
  /** Cores of this machine: what a new tenant may send by default is measured by them. */
  readonly cores: number;
  /** Limits of a tenant that other modules' settings give, where plans say nothing. */
  readonly limits: Pick<
    TenantLimits,
    'series' | 'attributeKeys' | 'queryMemoryBytes' | 'queryTimeMs' | 'queryRows' | 'queriesAtOnce' | 'tails'
  >;
  /** What is used at this moment of limits that other modules count. */
  readonly usesOf?: (tenant: TenantId) => LimitUses;
  /**
   * Opens engine and journal of a tenant that is about to exist; when it rejects, the tenant is not made. Not called
   * for tenants that exist already: `main` opens those from `snapshot().tenants`.
   */
  readonly onTenant: (tenant: Tenant) => Promise<void>;
  /** Throws for a URL of a tenant that would never be asked for; it is told when the URL is saved. */
  readonly checkUrl: (tenant: TenantId, url: string) => void;
  /** Where people reach this instance; links lead there. Empty: where they came to. */
  readonly publicUrl?: string;
  /** Absent: no mail server is set. */
  readonly sendMail?: SendMail | undefined;
  /** The instance can be reached from beyond its machine: its operators need a second factor. */
  readonly beyondLoopback?: boolean;
  /** What is known of a tenant without asking its store; for lists. Absent: nothing. */
  readonly live?: (tenant: Tenant) => TenantLive;
}

export interface Control {
  /** Present on the first start only; the secrets are nowhere else but in `bootstrap.json`. */
  readonly first: Bootstrap | undefined;
  /** The state after the last committed change. Synchronous, for hot paths. */
  snapshot(): Snapshot;
  readonly login: Login;
  readonly secondStep: SecondStep;
  readonly factors: SecondFactors;
  readonly links: Links;
  readonly sessions: Pick<Sessions, 'list'>;
  /** Tells whose rights may have changed, within half a second, whoever changed them. */
  readonly access: Pick<AccessFeed, 'listen'>;
  /** The rights of a session, by its token. */
  resolveSession(token: string): Promise<Session | undefined>;
  /** The rights that the token of a session or an API token gives, used from this address. */
  resolve(token: string, remote: string): Promise<Rights | undefined>;
  readonly keys: Keys;
  readonly jwtIssuers: JwtIssuers;
  readonly users: Users;
  readonly roles: Roles;
  readonly tokens: Tokens;
  readonly serviceAccounts: ServiceAccounts;
  readonly operators: Operators;
  readonly operatorAccess: OperatorAccess;
  readonly tenants: Tenants;
  readonly plans: Plans;
  readonly deletions: Deletions;
  readonly audit: AuditLog;
  /** Signs what this instance vouches for. */
  readonly signer: InstanceSigner;
  /**
   * The administration API. Handlers of those with `audit` write their row themselves, in the transaction of the
   * change; whoever mounts them writes denials only.
   */
  readonly routes: readonly Route[];
  /**
   * Since when, in Unix milliseconds, the database cannot be reached: what is known of tenants and keys stays in use,
   * however long, and changes are refused with `control.away`. Undefined while it answers.
   */
  awaySince(): number | undefined;
  /** Writes what waits; may be called again. */
  close(): Promise<void>;
}

const CHORES_EVERY_MS = 30_000;
/** Changes after which the snapshot is another one. */
const IN_SNAPSHOT: ReadonlySet<AccessChange['kind']> = new Set(['key', 'jwt-issuer', 'tenant', 'anything']);
const NOTHING_KNOWN: TenantLive = { ingest: { recordsPerSecond: 0, refused: 0, lastAt: null }, engine: 'away' };
/** `bench/ingest` on two cores of a 2.5 GHz Xeon: 191,000 a second, logs and spans, until they can be found. */
const RECORDS_PER_CORE = 50_000;

const REQUESTS_PER_CORE = 5_000;

/** What holds where neither a plan nor a tenant's own limits say otherwise. */
const installationLimits = (config: ControlConfig, { cores, limits }: ControlDeps): TenantLimits => ({
  recordsPerSecond: config.recordsPerSecond || RECORDS_PER_CORE * cores,
  bytesPerSecond: config.bytesPerSecond,
  requestsPerSecond: config.requestsPerSecond || REQUESTS_PER_CORE * cores,
  burstSeconds: config.burst / 1_000,
  logsDays: config.logsDays,
  tracesDays: config.tracesDays,
  metricsDays: config.metricsDays,
  ...limits,
  people: 10_000,
  ingestKeys: 200,
  apiTokens: 200,
});

/** Opens the control plane in `dataDir`, migrating it and, on the first start, filling it. */
export async function openControl(config: ControlConfig, deps: ControlDeps): Promise<Control> {
  const { dataDir, clock, log, randomBytes: random } = deps;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const dialect = await openDialect(config.url, { dataDir, clock, log });
  try {
    await migrate(dialect);
    const installation = installationLimits(config, deps);
    const uses: KeyUses = new Map();
    let current: Snapshot | undefined;
    let refreshing: Promise<void> = Promise.resolve();
    // One after another, so that an older reading never replaces a newer one.
    const refresh = () => {
      refreshing = refreshing
        .catch(() => undefined)
        .then(async () => {
          current = await readSnapshot(dialect, uses, installation);
        });
      return refreshing;
    };
    const access = openAccessFeed();
    const committed = async (changes: readonly AccessChange[]) => {
      try {
        if (changes.some(({ kind }) => IN_SNAPSHOT.has(kind))) await refresh();
      } finally {
        access.publish(changes);
      }
    };
    const signer = await openInstanceSigner({ dialect, dataDir, clock, random });
    const audit = await openAuditLog({
      dialect,
      signer,
      dataDir,
      clock,
      log,
      days: config.auditDays,
      committed,
    });
    const passwords = openPasswords(config.passwordCost, random);
    const defaults = { installation };
    const first = await bootstrap({
      dialect,
      audit,
      clock,
      random,
      passwords,
      defaults,
      path: join(dataDir, 'bootstrap.json'),
    });
    if (signer.isNew)
      await audit.append({
        actor: { name: 'system:signing', tenant: null, remote: '' },
        action: 'signing-key.create',
        target: signer.keyId,
        outcome: 'ok',
        after: { publicKey: signer.publicKey },
      });

    await refresh();

    const snapshot = () => {
      must(current, 'the snapshot was read when the control plane opened');
      return current;
    };
    const sessions = openSessions({
      dialect,
      clock,
      random,
      lifetimeMs: config.sessionLifetime,
      idleMs: config.sessionIdle,
    });
    const limitsOf: LimitsOf = (id) => {
      const tenant = snapshot().tenant(id);
      must(tenant, 'whoever asks for limits has a tenant');
      return tenant.limits;
    };
    const keys = openKeys({ dialect, audit, clock, random, uses, limitsOf });
    const jwtIssuers = openJwtIssuers({ dialect, audit, clock, random, checkUrl: deps.checkUrl });
    const ownPassword = openOwnPassword({ database: dialect.database, clock, passwords });
    const users = openUsers({ dialect, audit, clock, random, passwords, ownPassword, limitsOf });
    const roles = openRoles({ dialect, audit, clock, random });
    const tokens = openTokens({ dialect, audit, clock, random, limitsOf });
    const serviceAccounts = openServiceAccounts({ dialect, audit, clock, random });
    const operators = openOperators({ dialect, audit, clock, random, passwords });
    const operatorAccess = openOperatorAccess({ dialect, audit, clock, random });
    const factors = openSecondFactors({
      dialect,
      audit,
      clock,
      random,
      sealer: openSealer(dataDir, random),
      ownPassword,
      ofOperators: deps.beyondLoopback ?? false,
    });
    const secondStep = openSecondStep({ dialect, audit, clock, random, sessions, factors });
    const login = openLogin({ dialect, audit, clock, random, passwords, sessions, factors, secondStep });
    const links = openLinks({ dialect, audit, clock, random, passwords, limitsOf });
    const settings = openTenantSettings({ dialect, audit, clock });
    const tenants = openTenants({
      dialect,
      audit,
      clock,
      log,
      random,
      passwords,
      defaults,
      onTenant: deps.onTenant,
    });

    const plans = openPlans({ dialect, audit, clock, installation });
    const usesOf = async (tenant: TenantId) => ({
      ...(await countsOf(dialect, tenant, clock.now())),
      ...deps.usesOf?.(tenant),
    });
    const deletions = openDeletions({ dialect, audit, clock, random, signer, delay: config.deleteDelay });

    const chores = async () => {
      try {
        await keys.writeUses();
        await sessions.sweep();
        await secondStep.sweep();
        await links.sweep();
      } catch (error) {
        log.warn({ error }, 'housekeeping of the control database failed; it is tried again');
      }
    };
    let chore = chores();
    const timer = setInterval(() => {
      chore = chore.then(chores);
    }, CHORES_EVERY_MS);
    timer.unref();

    dialect.listen((changes) => {
      if (changes.some(({ kind }) => kind === 'anything'))
        log.info({}, 'the control database may have changed elsewhere: all rights in use are decided again');
      committed(changes).catch((error: unknown) =>
        log.error({ error }, 'what another process changed in the control database could not be read'),
      );
    });

    const urlOf = urlOfLink(deps.publicUrl ?? '');
    let closed: Promise<void> | undefined;
    return {
      first,
      snapshot,
      login,
      secondStep,
      factors,
      links,
      sessions,
      access,
      resolveSession: sessions.resolve,
      resolve: async (token, remote) => (await sessions.resolve(token)) ?? tokens.resolve(token, remote),
      awaySince: dialect.awaySince,
      keys,
      jwtIssuers,
      users,
      roles,
      tokens,
      serviceAccounts,
      operators,
      operatorAccess,
      tenants,
      plans,
      deletions,
      audit,
      signer,
      routes: [
        ...keyRoutes(keys),
        ...jwtIssuerRoutes(jwtIssuers),
        ...userRoutes(users),
        ...roleRoutes(roles),
        ...tokenRoutes({ tokens, serviceAccounts }),
        ...operatorRoutes({ operators, operatorAccess }),
        ...limitRoutes({ plans, tenants, snapshot, usesOf }),
        ...linkRoutes({ links, urlOf, sendMail: deps.sendMail, snapshot, log }),
        ...signInRoutes({ users, factors, settings }),
        ...tenantRoutes({ urlOf, tenants, deletions, snapshot, live: deps.live ?? (() => NOTHING_KNOWN) }),
        ...certificateRoutes(deletions),
        ...auditRoutes(audit),
      ],
      close() {
        closed ??= (async () => {
          clearInterval(timer);
          await chore;
          await chores();
          await audit.close();
          await dialect.close();
        })();
        return closed;
      },
    };
  } catch (error) {
    await dialect.close();
    throw error;
  }
}

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { TenantId } from '@hanok/contract';
import {
  type Admission,
  type Caller,
  type Clock,
  type Connections,
  type Log,
  type Meter,
  must,
  type Route,
} from '#base';
import type { Control } from '#control';
import { accountRoutes } from './auth/account-routes.ts';
import { type Authorize, openIngestAuth } from './auth/ingest.ts';
import type { FetchUrl } from './auth/jwt/issuer-keys.ts';
import { TokenJudge } from './auth/jwt/judge.ts';
import { jwtTestRoutes } from './auth/jwt/routes.ts';
import { OpenRequests } from './auth/open-requests.ts';
import { PrincipalAuth } from './auth/principal-auth.ts';
import { sessionRoutes } from './auth/session-routes.ts';
import type { EdgeConfig } from './config.ts';
import { fail } from './errors.ts';
import type { Parts } from './http/health.ts';
import { hostPolicy } from './http/hosts.ts';
import { Mount } from './http/mount.ts';
import { openApi } from './http/openapi.ts';
import { makeServer } from './http/server.ts';
import { trackUntouched } from './http/untouched.ts';
import { IngestActivity } from './ingest-activity/ingest-activity.ts';
import { ingestActivityRoutes, type Notices } from './ingest-activity/routes.ts';
import type { Rates } from './limits/rates.ts';
import { openSpending } from './limits/spending.ts';
import { WrongKeyLimit } from './limits/wrong-keys.ts';
import { wrongKeyNotices } from './limits/wrong-keys-notice.ts';

export interface EdgeDeps {
  /** Default: random. */
  readonly newRequestId?: () => string;
  /** Address to listen on. */
  readonly bind: string;
  /** A guard for the port `ui`. */
  readonly connections: Pick<Connections, 'guard'>;
  readonly control: Control;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Everything other modules offer, `control.routes` included. */
  readonly routes: readonly Route[];
  /** The built user interface; without it a page says how to build it. */
  readonly staticDir?: string;
  /** Where telemetry is sent to, for people to copy. Asked per request: ports may be known late. */
  readonly endpoints: () => { readonly otlpHttp: string; readonly otlpGrpc: string };
  /** Parts by name, `kind store`; anybody is shown kinds of stores, operators which one, with details. */
  readonly ready: () => Parts;
  readonly notices: Notices;
  /** Asks for a URL that a tenant gave, for the keys of its issuers of tokens. */
  readonly fetchUrl: FetchUrl;
  /** For tests: refused tokens are answered at a multiple of it. */
  readonly tokenRefusalMs?: number;
  readonly version?: string;
  /** Checks every answer against its schema; for tests. */
  readonly checkAnswers?: boolean;
}

export interface Edge {
  readonly port: number;
  /** All routes that are mounted, the edge's own included. */
  readonly routes: readonly Route[];
  /** Ingest credential → Caller, before the body is read: at once for keys and for tokens that were verified lately. */
  readonly authorize: Authorize;
  /** Takes from the tenant's buckets before a body is read, or refuses and takes nothing. */
  readonly spend: (caller: Caller, records: number, bytes: number) => Admission;
  /** Corrects a guess that was spent: more (into debt if need be), or with negative figures less. */
  readonly settle: (caller: Caller, records: number, bytes: number) => void;
  /** What a tenant spent of its limits lately. */
  readonly rates: (tenant: TenantId) => Rates;
  readonly ingestActivity: IngestActivity;
  /** What is held in memory of a tenant that was deleted. */
  readonly forget: (tenant: TenantId) => void;
  /** Stops listening, ends streams, lets requests under way finish for a moment, closes. */
  close(): Promise<void>;
}

/** After this connections are cut. */
const CLOSING_MS = 5_000;
const SWEEP_MS = 50;

/** `https://host` of the public address, without a path. */
function originOf(publicUrl: string): string | undefined {
  return publicUrl === '' ? undefined : new URL(publicUrl).origin;
}

/** The front of the instance: who comes in, as whom, how fast; the API, the user interface, health. */
export async function openEdge(config: EdgeConfig, deps: EdgeDeps): Promise<Edge> {
  const { bind, control, clock, log, meter } = deps;
  const publicOrigin = originOf(config.publicUrl);
  const secure = publicOrigin?.startsWith('https:') ?? false;
  const auth = new PrincipalAuth(control, publicOrigin, secure);
  const ingestActivity = new IngestActivity(clock);
  const tokens = new TokenJudge(control.snapshot, clock, deps.fetchUrl);
  const wrongKeys = new WrongKeyLimit(config.wrongKeysPerMinute, clock);
  const spending = openSpending(({ tenant }) => control.snapshot().tenant(tenant)?.limits, clock, meter);

  let port = config.httpPort;
  const ui = () => {
    const host = bind === '0.0.0.0' || bind === '::' ? 'localhost' : bind.includes(':') ? `[${bind}]` : bind;
    return publicOrigin ?? `http://${host}:${port}`;
  };
  const own = [
    ...sessionRoutes({ control, auth, clock, secure, endpoints: () => ({ ...deps.endpoints(), ui: ui() }) }),
    ...accountRoutes({ control, auth }),
  ];
  const notices: Notices = (reader) => [...deps.notices(reader), ...wrongKeyNotices(reader, wrongKeys.recent())];
  const routes = [...own, ...jwtTestRoutes(tokens), ...ingestActivityRoutes(ingestActivity, notices), ...deps.routes];

  const guard = deps.connections.guard('ui');
  const open = new OpenRequests({ access: control.access, clock, log, recheckMs: config.heartbeat });
  const mount = new Mount({
    guard,
    auth,
    open,
    audit: control.audit,
    clock,
    log,
    meter,
    selfAudited: new Set([...own, ...control.routes]),
    timeBudgetMs: config.timeBudget,
    heartbeatMs: config.heartbeat,
    streamsPerTenant: config.streamsPerTenant,
    checkAnswers: deps.checkAnswers ?? false,
  });
  let description: string | undefined;
  const server = makeServer({
    log,
    meter,
    ready: deps.ready,
    staticDir: deps.staticDir,
    openApi: () => (description ??= JSON.stringify(openApi(routes, { title: 'Hanok', version: deps.version ?? '0' }))),
    tls: secure,
    trustProxy: config.trustProxy,
    answersTo: hostPolicy({
      bind,
      machine: hostname(),
      published: publicOrigin === undefined ? undefined : new URL(publicOrigin).host,
      allowed: config.allowedHosts,
    }),
    bodyLimit: config.bodyLimit,
    headersTimeoutMs: config.headersTimeoutMs,
    idleTimeoutMs: config.idleTimeoutMs,
    guard,
    newRequestId: deps.newRequestId ?? (() => randomBytes(9).toString('base64url')),
    mayReadInstance: async (request) => {
      try {
        await auth.admit(request.raw, {
          permission: 'instance.read',
          method: 'GET',
          path: '/health',
          target: '/health',
          stream: false,
          remote: request.ip,
          requestId: request.id,
          query: {},
        });
        return true;
      } catch {
        return false;
      }
    },
  });
  for (const route of routes) mount.add(server, route);
  const untouched = trackUntouched(server.server);
  try {
    await server.listen({ host: bind, port: config.httpPort });
  } catch (cause) {
    await server.close();
    throw fail(
      'edge.port',
      `the user interface cannot listen on ${bind}:${config.httpPort}: ${(cause as Error).message}`,
      {
        at: 'HANOK_HTTP_PORT',
        cause,
      },
    );
  }
  const address = server.server.address();
  must(address !== null && typeof address !== 'string', 'the server listens on a port');
  port = address.port;
  log.info({ port }, 'user interface and API listen');

  let closed: Promise<void> | undefined;
  return {
    port,
    routes,
    authorize: openIngestAuth({
      control,
      clock,
      meter,
      wrongKeys,
      tokens,
      ...(deps.tokenRefusalMs !== undefined && { tokenRefusalMs: deps.tokenRefusalMs }),
    }),
    spend: spending.spend,
    settle: spending.settle,
    rates: spending.rates,
    ingestActivity,
    forget(tenant) {
      ingestActivity.forget(tenant);
      spending.forget(tenant);
    },
    close() {
      closed ??= (async () => {
        const cut = setTimeout(() => server.server.closeAllConnections(), CLOSING_MS);
        // A connection whose answer ends after `close` began would be kept alive; it is idle a moment later.
        const sweep = setInterval(() => {
          server.server.closeIdleConnections();
          untouched.destroyAll();
        }, SWEEP_MS);
        const stopped = server.close();
        // After the listening socket: a stream that is ended must not be opened again by its client.
        mount.close();
        try {
          await stopped;
        } finally {
          clearTimeout(cut);
          clearInterval(sweep);
          open.close();
        }
      })();
      return closed;
    },
  };
}

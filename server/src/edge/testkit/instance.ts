import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, Meter, type Route, silentLog, standaloneConnections } from '#base';
import { type Bootstrap, CONTROL_CONFIG, type Control, openControl } from '#control';
import { countedBytes, type SteeredClock, steeredClock, TEST_LIMITS } from '../../control/testkit/index.ts';
import { EDGE_CONFIG, type EdgeConfig } from '../config.ts';
import { type Edge, type EdgeDeps, openEdge } from '../edge.ts';

/** A control plane and an edge over it on a port of its own, for tests over real HTTP. */
export interface EdgeInstance {
  readonly edge: Edge;
  readonly control: Control;
  readonly clock: SteeredClock;
  readonly meter: Meter;
  readonly url: string;
  readonly dataDir: string;
  readonly first: Bootstrap;
  /** What the edge logged as errors. */
  readonly errors: object[];
  /** And as warnings. */
  readonly warnings: object[];
  key(tenant: string): string;
  /** A bearer token of the operator or of a tenant's first administrator. */
  token(who: 'operator' | 'tenant-a' | 'tenant-b'): Promise<string>;
  /** A bearer token of the operator, to whom the tenant's data is open, with the header that names it. */
  operatorIn(
    tenant: string,
    role?: 'viewer' | 'admin',
  ): Promise<{ readonly token: string; readonly headers: Readonly<Record<string, string>> }>;
  call(path: string, options?: CallOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed when it is JSON. */
  readonly json: unknown;
  /** `error.code`, when there is one. */
  readonly code: string | undefined;
}

const defaults = <S extends Readonly<Record<string, { readonly default: unknown }>>>(slice: S) =>
  Object.fromEntries(Object.entries(slice).map(([key, one]) => [key, one.default])) as {
    readonly [K in keyof S]: S[K]['default'];
  };

export async function openEdgeInstance(
  options: {
    readonly config?: Partial<EdgeConfig>;
    readonly routes?: readonly Route[];
    readonly deps?: Partial<EdgeDeps>;
  } = {},
): Promise<EdgeInstance> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hanok-edge-'));
  const clock = steeredClock();
  const meter = new Meter();
  const errors: object[] = [];
  const warnings: object[] = [];
  const log: Log = {
    ...silentLog,
    error: (fields) => errors.push(fields),
    warn: (fields) => warnings.push(fields),
    child: () => log,
  };
  const control = await openControl(
    { ...defaults(CONTROL_CONFIG), passwordCost: 10, recordsPerSecond: 1_000, bytesPerSecond: 1_000_000, burst: 2_000 },
    {
      dataDir,
      clock,
      log: silentLog,
      randomBytes: countedBytes(dataDir),
      cores: 2,
      limits: TEST_LIMITS,
      onTenant: async () => {},
      checkUrl: () => {},
    },
  );
  const edge = await openEdge(
    { ...defaults(EDGE_CONFIG), httpPort: 0, ...options.config },
    {
      bind: '127.0.0.1',
      connections: standaloneConnections({ clock, meter, log }),
      control,
      clock,
      log,
      meter,
      routes: [...control.routes, ...(options.routes ?? [])],
      endpoints: () => ({ otlpHttp: 'http://127.0.0.1:4318', otlpGrpc: 'http://127.0.0.1:4317' }),
      ready: () => ({ instance: { ready: true } }),
      notices: () => [],
      fetchUrl: () => Promise.reject(new Error('no test asks for a URL unless it says how')),
      tokenRefusalMs: 5,
      checkAnswers: true,
      ...options.deps,
    },
  );
  const url = `http://127.0.0.1:${edge.port}`;
  const first = control.first!;
  const instance: EdgeInstance = {
    edge,
    control,
    clock,
    meter,
    url,
    dataDir,
    first,
    errors,
    warnings,
    key: (tenant) => first.tenants.find(({ id }) => id === tenant)!.ingestKey,
    async token(who) {
      const { email, password } =
        who === 'operator' ? first.operator : first.tenants.find(({ id }) => id === who)!.admin;
      return (await control.login.login(email, password, { remote: '192.0.2.1' })).token;
    },
    async operatorIn(tenant, role = 'admin') {
      const token = await instance.token('operator');
      const [operator] = await control.operators.list();
      await control.operatorAccess.open(
        { name: operator!.email, tenant: null, remote: '' },
        { kind: 'person', id: operator!.id, name: operator!.email },
        tenant,
        { reason: 'a test of it', role, minutes: 60 },
      );
      return { token, headers: { 'x-hanok-tenant': tenant } };
    },
    async call(path, { method = 'GET', token, headers = {}, body } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        redirect: 'manual',
      });
      const text = await response.text();
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        json = undefined;
      }
      const code = (json as { error?: { code?: string } } | undefined)?.error?.code;
      return { status: response.status, headers: response.headers, text, json, code };
    },
    async close() {
      await edge.close();
      await control.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return instance;
}

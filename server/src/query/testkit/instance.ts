import type { TenantId } from '@hanok/contract';
import {
  type Batch,
  type Caller,
  type Clock,
  type Entry,
  isHanokError,
  Meter,
  type Route,
  silentLog,
  type TenantContext,
} from '#base';
import { callerOf, openTestStore, TENANT_A, TENANT_B, until } from '../../store/testkit/instance.ts';
import { MemorySource } from '../../store/testkit/memory-source.ts';
import type { Turns } from '../admission/turns.ts';
import { QUERY_CONFIG, type QueryConfig } from '../config.ts';
import { openQuery, type Query, type QueryDeps } from '../query.ts';
import { START } from './data.ts';

export { callerOf, TENANT_A, TENANT_B, until };

/** Turns for questions asked past the routes: everybody goes at once. */
export const freeTurns: Pick<Turns, 'take'> = {
  take: async () => ({ oneThread: false, yielding: false, end: () => undefined }),
};

export interface TestInstance {
  readonly query: Query;
  readonly store: Awaited<ReturnType<typeof openTestStore>>['store'];
  readonly clock: Clock & { at: bigint };
  /** Returns once the batch is in the store's tables. */
  insert(batch: Batch): Promise<void>;
  /** Hands a batch to live tails, as the journal would. */
  announce(batch: Batch): void;
  /** Leaves a batch in the journal, as one the store has not taken in, until the returned function is called. */
  keep(batch: Batch): () => void;
  call<T>(tenant: TenantId, method: string, path: string, input?: object): Promise<T>;
  /** The code of the error the call ends in, with the position. */
  fault(tenant: TenantId, method: string, path: string, input?: object): Promise<string>;
  stream(
    tenant: TenantId,
    path: string,
    input: object,
    signal: AbortSignal,
  ): Promise<AsyncIterable<string | Uint8Array>>;
  close(): Promise<void>;
}

/** The query module on a real store: an engine process, the real tables, both tenants in the pool. */
export async function openTestInstance(
  overrides: Partial<QueryConfig> = {},
  deps: Partial<QueryDeps> = {},
): Promise<TestInstance> {
  const { store, close } = await openTestStore();
  const source = new MemorySource();
  const drainer = store.drain('pool', source);
  const listeners = new Set<(entry: Entry) => void>();
  const journal: Entry[] = [];
  const clock = {
    at: START + 3_600_000_000_000n,
    now: () => Number(clock.at / 1_000_000n),
    nanos: () => clock.at,
    monotonic: () => performance.now(),
  };
  const config = {
    ...(Object.fromEntries(Object.entries(QUERY_CONFIG).map(([key, one]) => [key, one.default])) as QueryConfig),
    ...overrides,
  };
  const query = openQuery(config, {
    store,
    engineOf: () => 'pool',
    clock,
    log: silentLog,
    meter: new Meter(),
    tail(caller, listener) {
      listeners.add(listener);
      const unread = journal.filter(({ batch }) => batch.tenant === caller.tenant);
      return { unread, whole: true, stop: () => listeners.delete(listener) };
    },
    async storage() {
      return {
        tables: [],
        ingest: { open: true },
      };
    },
    ...deps,
  });
  let sequence = 0n;

  const invoke = async (tenant: TenantId, method: string, path: string, input: object, signal: AbortSignal) => {
    const { route, params } = find(query.routes, method, path);
    const parsed = route.endpoint.input.parse({ ...input, ...params });
    const caller: Caller = callerOf(tenant);
    const context: TenantContext = {
      input: parsed,
      caller,
      principal: { kind: 'person', id: 'test', name: 'test', instance: new Set() },
      granted: new Set(),
      requestId: 'test',
      remote: '127.0.0.1',
      signal,
      // Handlers never touch the raw request; a test that did would fail here.
      raw: undefined as never,
      setHeader: () => undefined,
    };
    return route.handle(context as never);
  };

  return {
    query,
    store,
    clock,
    async insert(batch) {
      source.append(batch);
      const end = source.committed + BigInt(source.lag().entries);
      await until('batch stored', () => source.committed >= end);
    },
    announce(batch) {
      sequence += 1n;
      for (const listener of listeners) listener({ sequence, batch, size: 1, appendedAt: clock.now() });
    },
    keep(batch) {
      sequence += 1n;
      const entry = { sequence, batch, size: 1, appendedAt: clock.now() };
      journal.push(entry);
      return () => journal.splice(journal.indexOf(entry), 1);
    },
    async call<T>(tenant: TenantId, method: string, path: string, input: object = {}) {
      const { route } = find(query.routes, method, path);
      const answer = await invoke(tenant, method, path, input, new AbortController().signal);
      if (route.endpoint.output === 'stream') throw new Error('use stream');
      // What is sent must be what the contract says. It is given as sent: zod leaves out a key such as __proto__.
      const sent: unknown = JSON.parse(JSON.stringify(answer));
      route.endpoint.output.parse(sent);
      return sent as T;
    },
    async fault(tenant, method, path, input = {}) {
      try {
        await invoke(tenant, method, path, input, new AbortController().signal);
      } catch (error) {
        if (!isHanokError(error)) throw error;
        return error.at ? `${error.code} at ${error.at}` : error.code;
      }
      return 'no fault';
    },
    async stream(tenant, path, input, signal) {
      const answer = await invoke(tenant, 'GET', path, input, signal);
      return (answer as { readonly chunks: AsyncIterable<string | Uint8Array> }).chunks;
    },
    async close() {
      await query.close();
      await drainer.close();
      await close();
    },
  };
}

function find(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Record<string, string> } {
  for (const route of routes) {
    if (route.method !== method) continue;
    const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]!);
    const match = new RegExp(`^${route.path.replace(/:\w+/g, '([^/]+)')}$`).exec(path);
    if (match)
      return { route, params: Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(match[i + 1]!)])) };
  }
  throw new Error(`no route ${method} ${path}`);
}

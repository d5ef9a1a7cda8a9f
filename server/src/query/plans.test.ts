import type { TenantId } from '@hanok/contract';
import { askedOf } from '@hanok/contract';
import { afterAll, describe, expect, it } from 'vitest';
import { Meter, silentLog, type TenantContext } from '#base';
import type { Select, Store } from '#store';
import { compile } from '../store/plan/compile.ts';
import { QUERY_CONFIG, type QueryConfig } from './config.ts';
import { windows } from './page.ts';
import { openQuery } from './query.ts';
import type { Row } from './rows.ts';
import { START } from './testkit/data.ts';
import { callerOf } from './testkit/instance.ts';
import { WindowEstimates } from './window-estimates.ts';

const TENANT = 'tenant-x' as TenantId;
const HOUR = 3_600_000_000_000n;

/** A store that answers every question with one row of anything, and remembers the questions. */
function listeningStore(answer: Row): {
  readonly store: Pick<Store, 'select'>;
  readonly plans: Select[];
  readonly tenants: string[];
} {
  const plans: Select[] = [];
  const tenants: string[] = [];
  return {
    plans,
    tenants,
    store: {
      async select(caller, plan) {
        plans.push(plan);
        tenants.push(caller.tenant);
        const row = Object.fromEntries(Object.keys(plan.columns).map((column) => [column, answer[column] ?? '1']));
        return {
          columns: Object.keys(plan.columns),
          rows: async () => [row],
          async *[Symbol.asyncIterator]() {
            yield Object.values(row);
          },
          stats: () => ({ work: { rowsRead: 1, bytesRead: 1 }, elapsedMs: 1, partial: false }),
        };
      },
    },
  };
}

const INPUTS: Readonly<Record<string, readonly object[]>> = {
  'POST /api/v1/logs/search': [{ query: 'a "b" resource.x:1 scope.y:2 -c:/d/ trace_id:*' }],
  'POST /api/v1/logs/context': [{ id: 'AAAAAAAAAAAAAAAAAAAAAA', scope: 'all' }],
  'POST /api/v1/logs/histogram': [{ query: 'x:1', by: 'resource.pod' }, { by: 'level' }],
  'POST /api/v1/logs/facets': [{ fields: ['x', 'scope.name', 'resource.pod', 'level', 'trace_id'] }],
  'GET /api/v1/logs/tail': [],
  'POST /api/v1/traces/search': [{ query: 'exception.type:x event.y:z', order: 'slowest' }, { view: 'entries' }],
  'POST /api/v1/traces/histogram': [{ by: 'name' }],
  'POST /api/v1/traces/facets': [{}],
  'POST /api/v1/traces/heatmap': [{ view: 'roots' }],
  'GET /api/v1/traces/:traceId': [{ traceId: '00112233445566778899aabbccddeeff' }],
  'GET /api/v1/services': [{ environment: 'prod' }],
  'GET /api/v1/services/:service': [{ service: 'x' }],
  'GET /api/v1/fields': [{ signal: 'logs' }],
  'GET /api/v1/fields/values': ['x', 'resource.x', 'scope.name', 'service.name', 'name', 'level', 'event_name'].flatMap(
    (field) => ['logs', 'traces', 'metrics'].map((signal) => ({ signal, field })),
  ),
  'GET /api/v1/metrics': [{ search: 'x' }],
  'GET /api/v1/metrics/:name': [{ name: 'x' }],
  'GET /api/v1/metrics/:name/points': [{ name: 'x' }, { name: 'x', query: 'resource.a:b k:1', order: 'oldest' }],
  'POST /api/v1/metrics/query': ['gauge', 'sum', 'histogram'].flatMap((type) =>
    [undefined, 'avg', 'sum', 'p95'].map((aggregate) => ({
      metric: type,
      groupBy: ['a', 'resource.b', 'service.name'],
      aggregate,
    })),
  ),
  'GET /api/v1/storage': [],
};

/** What the edge gives a handler. */
const asContext = (context: TenantContext) => context as never;

describe('every question', () => {
  const rows: Row = {
    t: 'sum',
    temp: 2,
    mono: 1,
    g: '[]',
    grp: '[]',
    cells: [],
    c_timestamp: String(START),
    k: '1',
    f: 0,
  };
  const config = Object.fromEntries(
    Object.entries(QUERY_CONFIG).map(([key, one]) => [key, one.default]),
  ) as QueryConfig;
  const listening = listeningStore(rows);
  const metricsListening = {
    gauge: listeningStore({ ...rows, t: 'gauge', temp: 0, mono: 0 }),
    histogram: listeningStore({ ...rows, t: 'histogram' }),
  };
  const open = (store: Pick<Store, 'select'>) =>
    openQuery(config, {
      store,
      engineOf: () => 'pool',
      clock: { now: () => 0, nanos: () => START, monotonic: () => 0 },
      log: silentLog,
      meter: new Meter(),
      tail: () => ({ unread: [], whole: true, stop: () => undefined }),
      storage: () => Promise.reject(new Error('not asked here')),
    });
  const query = open(listening.store);
  afterAll(() => query.close());

  it('is listed here, so that a new route cannot be left out', () => {
    expect(query.routes.map((route) => `${route.method} ${route.path}`).sort()).toEqual(Object.keys(INPUTS).sort());
    for (const { endpoint } of query.routes) expect(askedOf(endpoint.permission)).toBe('tenant');
  });

  it.each(Object.keys(INPUTS))('%s names the tenant wherever it names a table', async (key) => {
    for (const input of INPUTS[key]!) {
      const wanted =
        'metric' in input && (input.metric === 'gauge' || input.metric === 'histogram')
          ? metricsListening[input.metric]
          : listening;
      wanted.plans.length = 0;
      const route = open(wanted.store).routes.find((one) => `${one.method} ${one.path}` === key)!;
      await route
        .handle(
          asContext({
            input: route.endpoint.input.parse({ from: 'now-1h', to: 'now', ...input }),
            caller: callerOf(TENANT),
            principal: { kind: 'person', id: 'p', name: 'p', instance: new Set() },
            granted: new Set(),
            requestId: 'r',
            remote: '',
            signal: new AbortController().signal,
            raw: undefined as never,
            setHeader: () => undefined,
          }),
        )
        .catch((error: unknown) => {
          // The made-up rows may not make sense to every handler; the questions were asked all the same.
          if (wanted.plans.length === 0) throw error;
        });
      expect(new Set(wanted.tenants)).toEqual(new Set([TENANT]));
      for (const plan of wanted.plans) {
        const { text, params } = compile(plan, TENANT, 'db');
        const tables = [...text.matchAll(/FROM `db`\.`\w+`/g)].length;
        expect(tables).toBeGreaterThan(0);
        expect([...text.matchAll(/FROM `db`/g)].length).toBe(tables);
        // The compiler puts it first in the WHERE of every node that reads a table.
        expect([...text.matchAll(/WHERE `db`\.`\w+`\.`tenant` = \{tenant:String\}/g)].length).toBe(tables);
        expect(params['tenant']).toBe(TENANT);
      }
    }
  });
});

describe('the page of a service', () => {
  it('reads the roll-up once for the service and once for its operations', async () => {
    const { store, plans } = listeningStore({});
    const config = Object.fromEntries(
      Object.entries(QUERY_CONFIG).map(([key, one]) => [key, one.default]),
    ) as QueryConfig;
    const query = openQuery(config, {
      store,
      engineOf: () => 'pool',
      clock: { now: () => 0, nanos: () => START, monotonic: () => 0 },
      log: silentLog,
      meter: new Meter(),
      tail: () => ({ unread: [], whole: true, stop: () => undefined }),
      storage: () => Promise.reject(new Error('not asked here')),
    });
    const page = query.routes.find((one) => one.path === '/api/v1/services/:service')!;
    await page.handle(
      asContext({
        // Long enough for the roll-up's minutes to be fine enough.
        input: page.endpoint.input.parse({ from: 'now-24h', to: 'now', service: 'x' }),
        caller: callerOf(TENANT),
        principal: { kind: 'person', id: 'p', name: 'p', instance: new Set() },
        granted: new Set(),
        requestId: 'r',
        remote: '',
        signal: new AbortController().signal,
        raw: undefined as never,
        setHeader: () => undefined,
      }),
    );
    expect(plans.map((plan) => plan.from)).toEqual(['operations', 'operations']);
    await query.close();
  });
});

describe('windows', () => {
  const range = { from: START, to: START + 720n * HOUR };
  const estimate = new WindowEstimates().of(TENANT, 'a question');

  it.each(['down', 'up'] as const)('cover the range without gaps, %s, the first ones short', (direction) => {
    const all = [...windows({ range, order: { by: 'time', direction }, after: undefined, estimate, limit: 100 })];
    expect(all.length).toBeLessThan(12);
    expect(all[0]!.to - all[0]!.from).toBe(15n * 1_000_000_000n);
    const inTime = direction === 'down' ? all.reverse() : all;
    expect(inTime[0]!.from).toBe(range.from);
    expect(inTime.at(-1)!.to).toBe(range.to);
    for (let i = 1; i < inTime.length; i++) expect(inTime[i]!.from).toBe(inTime[i - 1]!.to);
  });

  it('begin where the page before ended', () => {
    const after = { key: START + HOUR, tie: 0n, atKey: 1, atTie: 1 };
    const [down] = [...windows({ range, order: { by: 'time', direction: 'down' }, after, estimate, limit: 100 })];
    expect(down!.to).toBe(START + HOUR + 1n);
    const [up] = [...windows({ range, order: { by: 'time', direction: 'up' }, after, estimate, limit: 100 })];
    expect(up!.from).toBe(START + HOUR);
  });
});

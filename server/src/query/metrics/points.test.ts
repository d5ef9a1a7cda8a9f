import type { MetricPointsResponse } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, SECOND, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, TENANT_B, type TestInstance } from '../testkit/instance.ts';

/** What values, buckets and exemplars come back as is in conformance/otlp; here is how points are paged and kept apart. */
let instance: TestInstance;
const range = { from: String(START), to: String(START + 3_600n * SECOND) };
const PATH = '/api/v1/metrics/paged/points';
const TIMES = 7;

beforeAll(async () => {
  instance = await openTestInstance();
  for (const tenant of [TENANT_A, TENANT_B]) {
    const rows = new BatchBuilder(tenant);
    for (const pod of ['p1', 'p2', 'p3']) {
      const id = rows.series({ metric: 'paged', type: 'gauge', attributes: { pod } });
      for (let i = 0; i < TIMES; i++)
        // Two points of one series at one time, and the same time in every series.
        for (const value of [1, 2])
          rows.row('samples', {
            metric: 'paged',
            series_id: id,
            timestamp: START + BigInt(i) * SECOND,
            value: tenant === TENANT_A ? value : value + 100,
          });
    }
    const id = rows.series({ metric: 'paged', type: 'summary', attributes: { pod: 'p1' } });
    rows.row('histograms', { metric: 'paged', series_id: id, timestamp: START + SECOND, kind: 3, count: 5n });
    await instance.insert(rows.batch('metrics'));
  }
});
afterAll(() => instance?.close());

const ask = (input: object, tenant = TENANT_A) =>
  instance.call<MetricPointsResponse>(tenant, 'GET', PATH, { ...range, ...input });

async function all(input: object) {
  const pages: MetricPointsResponse[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await ask({ ...input, ...(cursor ? { cursor } : {}) });
    pages.push(page);
    cursor = page.cursor;
  } while (cursor !== null && pages.length < 100);
  return pages;
}

describe('points of a metric', () => {
  it.each(['oldest', 'newest'])('come page by page, %s first, each once', async (order) => {
    const keyOf = (one: MetricPointsResponse['points'][number]) => `${one.timestamp} ${one.series} ${one.value}`;
    const whole = (await ask({ order, limit: 1_000 })).points.map(keyOf);
    expect(new Set(whole).size).toBe(3 * TIMES * 2 + 1);
    for (const limit of [1, 5, 42, 43]) {
      const pages = await all({ order, limit });
      expect(pages.flatMap((page) => page.points.map(keyOf))).toEqual(whole);
      expect(pages.slice(0, -1).every((page) => page.points.length === limit)).toBe(true);
    }
    const times = whole.map((key) => BigInt(key.split(' ')[0]!));
    expect(times).toEqual([...times].sort((a, b) => Number(order === 'oldest' ? a - b : b - a)));
  });

  it('come with their series, and only those', async () => {
    const page = await ask({ query: 'pod:p2', limit: 1_000 });
    expect(page.points).toHaveLength(TIMES * 2);
    expect(page.series).toMatchObject([{ type: 'gauge', attributes: { pod: 'p2' }, businessId: TENANT_A }]);
    expect((await ask({ query: 'type:summary' })).points).toMatchObject([{ summary: { count: 5 } }]);
  });

  it('are the tenant’s own', async () => {
    const [a, b] = await Promise.all([ask({ limit: 1_000 }), ask({ limit: 1_000 }, TENANT_B)]);
    expect(new Set(a.points.map((point) => point.value))).toEqual(new Set([1, 2, undefined]));
    expect(new Set(b.points.map((point) => point.value))).toEqual(new Set([101, 102, undefined]));
  });

  it('refuse a cursor of another question', async () => {
    const { cursor } = await ask({ limit: 1 });
    expect(await instance.fault(TENANT_A, 'GET', PATH, { ...range, cursor, order: 'oldest' })).toBe(
      'query.bad-cursor at cursor',
    );
  });
});

import type { FacetsResponse } from '@hanok/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BatchBuilder, START } from './testkit/data.ts';
import { openTestInstance, TENANT_A, type TestInstance } from './testkit/instance.ts';

/** 24 attributes of which every row has values of its own: more than the memory of one look can tell apart. */
const FIELDS = Array.from({ length: 24 }, (_, i) => `wide.${i}`);
const ROWS = 40_000;
const MIB = 1024 ** 2;

let instance: TestInstance;
beforeAll(async () => {
  instance = await openTestInstance({ facetTime: 3_000, facetMemory: 48 * MIB });
  for (let from = 0; from < ROWS; from += 5_000) {
    const builder = new BatchBuilder(TENANT_A);
    for (let i = from; i < from + 5_000; i++)
      builder.log({
        time: START + BigInt(i) * 1_000_000n,
        body: 'wide',
        ...(i === 7 ? { level: 'fatal', severityNumber: 21 } : {}),
        attributes: {
          ...Object.fromEntries(FIELDS.map((field, k) => [field, `value ${k} of row ${i} which is not short`])),
          half: i % 2 === 0 ? 'even' : 'odd',
        },
        resource: { 'service.name': 'wide' },
      });
    await instance.insert(builder.batch('logs'));
  }
}, 60_000);
afterAll(() => instance.close());

const facets = (fields: readonly string[]) =>
  instance.call<FacetsResponse>(TENANT_A, 'POST', '/api/v1/logs/facets', {
    from: String(START),
    to: String(START + 3_600_000_000_000n),
    fields,
  });

it('facets of more values than can be told apart are counted from a part of the rows, in time, and say so', async () => {
  const began = performance.now();
  const { facets: found, sampled, stats } = await facets([...FIELDS, 'half', 'severity_text'].slice(2));
  expect(performance.now() - began).toBeLessThan(12_000);
  expect(sampled).toBeLessThan(1);
  expect(stats.partial).toMatchObject({ code: 'query.facets-sampled', reason: 'too-many-values' });
  // One line in forty thousand is found, whatever the sample left out.
  expect(found.find(({ field }) => field === 'severity_text')!.values).toContainEqual({ value: 'fatal', count: 1 });
  // The shares are right all the same: half of the rows, within the chance of a sample.
  const half = found.find(({ field }) => field === 'half')!.values;
  expect(half.map(({ value }) => value).sort()).toEqual(['even', 'odd']);
  const total = half.reduce((sum, { count }) => sum + count, 0);
  expect(total).toBeGreaterThan(ROWS * 0.8);
  expect(total).toBeLessThan(ROWS * 1.2);
}, 60_000);

it('few values of as many rows are counted exactly', async () => {
  const { facets: found, sampled, stats } = await facets(['half', 'service.name']);
  expect(sampled).toBe(1);
  expect(stats.partial).toBeUndefined();
  expect(found[1]).toMatchObject({ field: 'service.name', values: [{ value: 'wide', count: ROWS }] });
});

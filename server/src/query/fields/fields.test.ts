import type { FieldsResponse, FieldValuesResponse } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, SECOND, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, TENANT_B, type TestInstance } from '../testkit/instance.ts';

let instance: TestInstance;
const range = { from: String(START), to: String(START + 3_600n * SECOND) };
const day = Number(START / (86_400n * SECOND));

beforeAll(async () => {
  instance = await openTestInstance();
  const rows = new BatchBuilder(TENANT_A);
  const field = (signal: string, source: string, key: string, type: string, value: string, count: number) =>
    rows.row('fields', { day, signal, source, key, type, value, count: BigInt(count) });
  field('logs', 'attribute', 'http.route', 's', '', 100);
  field('logs', 'attribute', 'http.route', 's', '/a', 60);
  field('logs', 'attribute', 'http.route', 's', '/B', 30);
  field('logs', 'attribute', 'user.id', 'i', '', 40);
  field('logs', 'attribute', 'name', 's', '', 3);
  field('logs', 'attribute', 'body', 's', '', 2);
  field('logs', 'resource', 'k8s.pod.name', 's', '', 100);
  field('logs', 'resource', 'service.name', 's', '', 100);
  field('logs', 'scope', 'lang', 'b', '', 1);
  field('traces', 'attribute', 'db.system', 's', '', 9);
  for (let i = 0; i < 3; i++) {
    rows.log({
      body: 'x',
      attributes: { rare: `r${i % 2}` },
      eventName: 'evt',
      resource: { 'service.name': `svc-${i}` },
    });
    rows.span({ name: `op-${i % 2}`, kind: 'server', resource: { 'service.name': `svc-${i}` } });
  }
  await instance.insert(rows.batch());
  await instance.insert(
    new BatchBuilder(TENANT_B)
      .log({ body: 'x', attributes: { rare: 'theirs' }, resource: { 'service.name': 'theirs' } })
      .batch(),
  );
});
afterAll(() => instance.close());

const fields = async (input: object) =>
  (await instance.call<FieldsResponse>(TENANT_A, 'GET', '/api/v1/fields', { ...range, ...input })).fields;
const values = async (input: object) =>
  (
    await instance.call<FieldValuesResponse>(TENANT_A, 'GET', '/api/v1/fields/values', { ...range, ...input })
  ).values.map((one) => [one.value, one.count]);

describe('fields', () => {
  it('lists own fields, then what was sent, each as it is typed', async () => {
    const all = await fields({ signal: 'logs', limit: 1_000 });
    expect(all.slice(0, 3).map((one) => one.name)).toEqual(['severity_text', 'service.name', 'body']);
    const sent = all.filter((one) => one.source !== 'field');
    expect(sent).toEqual([
      { name: 'http.route', source: 'attribute', type: 'string', count: 100 },
      { name: 'resource.k8s.pod.name', source: 'resource', type: 'string', count: 100 },
      { name: 'user.id', source: 'attribute', type: 'number', count: 40 },
      { name: 'name', source: 'attribute', type: 'string', count: 3 },
      { name: 'attributes.body', source: 'attribute', type: 'string', count: 2 },
      { name: 'scope.lang', source: 'scope', type: 'boolean', count: 1 },
    ]);
  });

  it('finds by beginning first, then by part', async () => {
    expect((await fields({ signal: 'logs', prefix: 'http' })).map((one) => one.name)).toEqual(['http.route']);
    expect((await fields({ signal: 'logs', prefix: 'k8s' })).map((one) => one.name)).toEqual(['resource.k8s.pod.name']);
    expect((await fields({ signal: 'traces', prefix: 'D' })).map((one) => one.name).slice(0, 2)).toEqual([
      'duration',
      'deployment.environment',
    ]);
  });
});

describe('fields/values', () => {
  it('come from samples, from resources, from roll-ups, from the records', async () => {
    expect(await values({ signal: 'logs', field: 'http.route' })).toEqual([
      ['/a', 60],
      ['/B', 30],
    ]);
    expect(await values({ signal: 'logs', field: 'http.route', prefix: '/b' })).toEqual([['/B', 30]]);
    expect(await values({ signal: 'logs', field: 'rare' })).toEqual([
      ['r0', 2],
      ['r1', 1],
    ]);
    expect(await values({ signal: 'logs', field: 'service.name' })).toEqual([
      ['svc-0', 1],
      ['svc-1', 1],
      ['svc-2', 1],
    ]);
    expect(await values({ signal: 'logs', field: 'event_name' })).toEqual([['evt', 3]]);
    expect(await values({ signal: 'traces', field: 'name' })).toEqual([
      ['op-0', 2],
      ['op-1', 1],
    ]);
    expect(await values({ signal: 'logs', field: 'level', prefix: 'W' })).toEqual([['warn', 0]]);
    expect(await values({ signal: 'traces', field: 'root' })).toEqual([
      ['true', 0],
      ['false', 0],
    ]);
  });
});

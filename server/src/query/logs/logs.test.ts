import type { FacetsResponse, HistogramResponse, LogsContextResponse, LogsSearchResponse } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, SECOND, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, TENANT_B, type TestInstance } from '../testkit/instance.ts';

let instance: TestInstance;
const range = { from: String(START), to: String(START + 3_600n * SECOND) };
/** Rows that share one instant. */
const TIED = 3_000;
const TIE = START + 1_800n * SECOND;

beforeAll(async () => {
  instance = await openTestInstance({ facetRows: 1_000 });
  const rows = new BatchBuilder(TENANT_A);
  for (let i = 0; i < TIED; i++)
    rows.log({ time: TIE, body: `tied ${i}`, level: 'debug', resource: { 'service.name': `svc-${i % 3}` } });
  // Rows alike in everything: only their number can be told.
  for (let i = 0; i < 25; i++) rows.log({ time: TIE, body: 'twin tied', level: 'debug' });
  for (let i = 0; i < 40; i++)
    rows.log({
      time: START + BigInt(i) * 60n * SECOND,
      body: `step ${i}`,
      level: i % 4 === 0 ? 'error' : 'info',
      severityNumber: i % 4 === 0 ? 17 : 9,
      resource: { 'service.name': 'steps', 'host.name': `web-${i % 2}` },
      attributes: { 'user.id': `u-${i % 7}` },
      traceId: i === 3 || i === 5 ? '00112233445566778899aabbccddeeff' : '',
    });
  await instance.insert(rows.batch());
  await instance.insert(
    new BatchBuilder(TENANT_A)
      .log({
        time: START + 7n,
        body: { kv: [['결제', { int: '9007199254740993' }]] },
        level: 'warn',
        attributes: {
          text: '값',
          yes: true,
          int: 5,
          big: { int: '9223372036854775807' },
          half: 0.5,
          nan: { double: 'NaN' },
          raw: { bytes: '3q0=' },
          list: [1, 'two', null],
          map: { kv: [['a', { bytes: 'AA==' }]] },
          nothing: null,
          __proto__x: 'safe',
        },
        resource: { 'service.name': 'exact', weight: 1.5 },
        scope: { name: 'lib', version: '1', attributes: { k: true } },
        traceId: 'ffeeddccbbaa99887766554433221100',
        spanId: '0123456789abcdef',
        eventName: 'evt',
        marks: 1 | 4,
      })
      .batch(),
  );
  await instance.insert(new BatchBuilder(TENANT_B).log({ time: START + 1n, body: 'secret of b' }).batch());
});
afterAll(() => instance.close());

const search = (input: object) =>
  instance.call<LogsSearchResponse>(TENANT_A, 'POST', '/api/v1/logs/search', { ...range, ...input });

async function walk(input: object): Promise<LogsSearchResponse['rows']> {
  const rows: LogsSearchResponse['rows'] = [];
  let cursor: string | null = null;
  do {
    const page: LogsSearchResponse = await search({ ...input, ...(cursor && { cursor }) });
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return rows;
}

describe('logs/search', () => {
  it('gives values back exactly', async () => {
    const { rows, cursor } = await search({ query: 'service.name:exact' });
    expect(cursor).toBeNull();
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      timestamp: String(START + 7n),
      severityText: 'warn',
      businessId: 'tenant-a',
      body: { kv: [['결제', { int: '9007199254740993' }]] },
      attributes: {
        text: '값',
        yes: true,
        int: 5,
        big: { int: '9223372036854775807' },
        half: 0.5,
        nan: { double: 'NaN' },
        raw: { bytes: '3q0=' },
        list: [1, 'two', null],
        map: { kv: [['a', { bytes: 'AA==' }]] },
        nothing: null,
        __proto__x: 'safe',
      },
      resource: { attributes: { 'service.name': 'exact', weight: 1.5 } },
      scope: { name: 'lib', version: '1', attributes: { k: true } },
      traceId: 'ffeeddccbbaa99887766554433221100',
      spanId: '0123456789abcdef',
      eventName: 'evt',
      marks: ['time-placed', 'value-cut'],
    });
  });

  it.each(['newest', 'oldest'])('neither skips nor repeats among rows of one instant, %s first', async (order) => {
    const rows = await walk({ query: 'tied', order, limit: 333 });
    expect(rows).toHaveLength(TIED + 25);
    const bodies = rows.map((row) => row.body);
    expect(new Set(bodies).size).toBe(TIED + 1);
    expect(bodies.filter((body) => body === 'twin tied')).toHaveLength(25);
  });

  it('pages through different times in order, with an end that is no empty page', async () => {
    const newest = await walk({ query: 'step', limit: 10 });
    expect(newest.map((row) => row.body)).toEqual(Array.from({ length: 40 }, (_, i) => `step ${39 - i}`));
    const last = await search({ query: 'step', limit: 40 });
    expect(last.cursor).toBeNull();
    const oldest = await walk({ query: 'step', order: 'oldest', limit: 7 });
    expect(oldest.map((row) => row.body)).toEqual(Array.from({ length: 40 }, (_, i) => `step ${i}`));
  });

  it('goes on rightly when rows of the same instant arrive between pages', async () => {
    const instant = START + 3_599n * SECOND;
    const some = (from: number) => {
      const rows = new BatchBuilder(TENANT_A);
      for (let i = from; i < from + 50; i++) rows.log({ time: instant, body: `late ${i}` });
      return rows.batch();
    };
    await instance.insert(some(0));
    const first = await search({ query: 'late', limit: 20 });
    await instance.insert(some(50));
    const rest: string[] = [];
    let cursor = first.cursor;
    while (cursor) {
      const page: LogsSearchResponse = await search({ query: 'late', limit: 20, cursor });
      rest.push(...page.rows.map((row) => String(row.body)));
      cursor = page.cursor;
    }
    const all = [...first.rows.map((row) => String(row.body)), ...rest];
    expect(new Set(all).size).toBe(all.length);
    for (let i = 0; i < 50; i++) expect(all).toContain(`late ${i}`);
  });

  it('shows nothing of another tenant', async () => {
    const mine = await search({ query: 'secret' });
    expect(mine.rows).toEqual([]);
    const theirs = await instance.call<LogsSearchResponse>(TENANT_B, 'POST', '/api/v1/logs/search', { ...range });
    expect(theirs.rows.map((row) => row.body)).toEqual(['secret of b']);
  });

  it.each<[object, string]>([
    [{ query: 'a OR' }, 'query.syntax at query:2'],
    [{ query: 'level:erorr' }, 'query.syntax at query:6'],
    [{ query: '결제 (' }, 'query.syntax at query:3'],
    [{ query: `a:/${'(a*)*'.repeat(200)}/` }, 'query.syntax at query:2'],
    [{ from: 'now', to: 'now-1h' }, 'query.range at from'],
    [{ from: 'yesterday' }, 'query.range at from'],
    [{ from: '1970-01-01', to: 'now' }, 'query.range at from'],
    [{ cursor: 'rubbish' }, 'query.bad-cursor at cursor'],
    [{ cursor: Buffer.from("aaaaaaaa.1.1.1.1' OR 1=1").toString('base64url') }, 'query.bad-cursor at cursor'],
  ])('refuses %j', async (input, code) => {
    expect(await instance.fault(TENANT_A, 'POST', '/api/v1/logs/search', { ...range, ...input })).toBe(code);
  });

  it('refuses the cursor of another query', async () => {
    const { cursor } = await search({ query: 'tied', limit: 10 });
    expect(await instance.fault(TENANT_A, 'POST', '/api/v1/logs/search', { ...range, query: 'step', cursor })).toBe(
      'query.bad-cursor at cursor',
    );
  });

  it.each([
    "'; DROP TABLE logs; --",
    "x\"} OR tenant = 'tenant-b'",
    "body:' OR 1=1 --",
    '{p0:String}',
    'a:"\\\\\' OR tenant != \'"',
    "attributes.x'y]:z",
    'a\\\\:b',
    '\u0000',
    '%_\\\\%',
  ])('finds nothing more for %j', async (query) => {
    const fault = await instance.fault(TENANT_A, 'POST', '/api/v1/logs/search', { ...range, query });
    if (fault !== 'no fault') {
      expect(fault).toMatch(/^query\.syntax/);
      return;
    }
    const { rows } = await search({ query });
    expect(rows.filter((row) => row.businessId !== 'tenant-a')).toEqual([]);
    expect(rows.length).toBe(0);
  });
});

describe('logs/histogram', () => {
  const histogram = (input: object) =>
    instance.call<HistogramResponse>(TENANT_A, 'POST', '/api/v1/logs/histogram', { ...range, ...input });

  it('counts every row once, in the cell of its time', async () => {
    const { start, step, series, total } = await histogram({ query: 'step', buckets: 60 });
    expect({ start, step, total }).toEqual({ start: String(START), step: String(60n * SECOND), total: 40 });
    expect(series).toEqual([{ key: '', counts: Array.from({ length: 60 }, (_, i) => (i < 40 ? 1 : 0)) }]);
  });

  it('stacks by level in order of rank, and by an attribute with the rest as other', async () => {
    const byLevel = await histogram({ query: 'step', buckets: 10, by: 'level' });
    expect(byLevel.series.map((one) => [one.key, one.counts.reduce((a, b) => a + b)])).toEqual([
      ['info', 30],
      ['error', 10],
    ]);
    const byTie = await histogram({ query: 'tied', buckets: 10, by: 'service.name' });
    expect(byTie.series.map((one) => one.key)).toEqual(['svc-0', 'svc-1', 'svc-2', 'shop']);
    const byBody = await instance.fault(TENANT_A, 'POST', '/api/v1/logs/histogram', { ...range, by: 'timestamp' });
    expect(byBody).toBe('query.field at timestamp');
    const byUser = await histogram({ query: 'step', buckets: 10, by: 'resource.host.name' });
    expect(byUser.series.map((one) => one.key).sort()).toEqual(['web-0', 'web-1']);
  });
});

describe('logs/facets', () => {
  const facets = (input: object) =>
    instance.call<FacetsResponse>(TENANT_A, 'POST', '/api/v1/logs/facets', { ...range, ...input });

  it('counts values of columns, attributes and resources', async () => {
    const { facets: found, sampled } = await facets({
      query: 'step',
      fields: ['level', 'user.id', 'resource.host.name', 'nosuch', 'trace_id'],
      limit: 3,
    });
    expect(sampled).toBe(1);
    expect(found).toEqual([
      {
        field: 'level',
        values: [
          { value: 'info', count: 30 },
          { value: 'error', count: 10 },
        ],
        more: false,
      },
      {
        field: 'user.id',
        values: [
          { value: 'u-0', count: 6 },
          { value: 'u-1', count: 6 },
          { value: 'u-2', count: 6 },
        ],
        more: true,
      },
      {
        field: 'resource.host.name',
        values: [
          { value: 'web-0', count: 20 },
          { value: 'web-1', count: 20 },
        ],
        more: false,
      },
      { field: 'nosuch', values: [], more: false },
      { field: 'trace_id', values: [{ value: '00112233445566778899aabbccddeeff', count: 2 }], more: false },
    ]);
  });

  it('counts a field without its own filters and the others with them', async () => {
    const ask = async (query: string) => {
      const { facets: found } = await facets({ query, fields: ['level', 'resource.host.name'] });
      return found.map((one) => one.values);
    };
    const levels = [
      { value: 'info', count: 30 },
      { value: 'error', count: 10 },
    ];
    const hosts = (count: number) => [
      { value: 'web-0', count },
      { value: 'web-1', count },
    ];
    const [of40, of10] = [hosts(20), (await ask('step level:error'))[1]];
    expect(of10!.reduce((sum, one) => sum + one.count, 0)).toBe(10);
    expect(await ask('step level:error')).toEqual([levels, of10]);
    expect(await ask('step severity_text:error')).toEqual([levels, of10]);
    expect(await ask('step level:(error OR info)')).toEqual([levels, of40]);
    expect(await ask('step -level:info')).toEqual([levels, of10]);
    // Part of a larger condition: the field does not stand for itself there.
    expect((await ask('step (level:error OR nosuch)'))[0]).toEqual([{ value: 'error', count: 10 }]);
    const both = await ask('step level:error resource.host.name:web-0');
    expect(both[1]).toEqual(of10);
    expect(both[0]!.reduce((sum, one) => sum + one.count, 0)).toBe(20);
  });

  it('says when it counted a sample', async () => {
    const { sampled } = await facets({ query: 'tied', fields: ['level'] });
    expect(sampled).toBe(1 / 4);
  });
});

describe('logs/context', () => {
  const context = (input: object) =>
    instance.call<LogsContextResponse>(TENANT_A, 'POST', '/api/v1/logs/context', input);

  it('gives the neighbours of a row in time order', async () => {
    const { rows } = await search({ query: '"step 20"' });
    const id = rows[0]!.id;
    const same = await context({ id, before: 2, after: 2 });
    expect(same.row?.body).toBe('step 20');
    // The same resource: every second step.
    expect(same.before.map((row) => row.body)).toEqual(['step 16', 'step 18']);
    expect(same.after.map((row) => row.body)).toEqual(['step 22', 'step 24']);
    const service = await context({ id, before: 2, after: 1, scope: 'service' });
    expect([...service.before, ...service.after].map((row) => row.body)).toEqual(['step 18', 'step 19', 'step 21']);
  });

  it('goes through rows of the same instant on either side', async () => {
    const all = (await walk({ query: '-twin service.name:svc-0 tied', order: 'oldest', limit: 1_000 })).map(
      (row) => row.id,
    );
    const middle = all[500]!;
    const { before, after } = await context({ id: middle, before: 10, after: 10 });
    expect(before.map((row) => row.id)).toEqual(all.slice(490, 500));
    expect(after.map((row) => row.id)).toEqual(all.slice(501, 511));
  });

  it('finds the trace’s other logs, and nothing of another tenant', async () => {
    const { rows } = await search({ query: '"step 3"' });
    const trace = await context({ id: rows[0]!.id, scope: 'trace' });
    expect(trace.after.map((row) => row.body)).toEqual(['step 5']);
    const theirs = await instance.call<LogsSearchResponse>(TENANT_B, 'POST', '/api/v1/logs/search', { ...range });
    const stolen = await context({ id: theirs.rows[0]!.id, scope: 'all' });
    expect(stolen).toMatchObject({ row: null, before: [], after: [] });
    expect(await instance.fault(TENANT_A, 'POST', '/api/v1/logs/context', { id: 'x' })).toBe('query.bad-id at id');
  });
});

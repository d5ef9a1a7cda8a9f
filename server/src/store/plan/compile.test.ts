import type { TenantId } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { ALL } from './protections.ts';
import { type Select, select } from './select.ts';
import { bind, joined, name, sql } from './sql.ts';
import { ATTACKER, PlanEngine, SECRET } from './testkit.ts';

let engine: PlanEngine;
beforeAll(() => {
  engine = new PlanEngine();
});
afterAll(() => engine.close());
const rowsOf = (plan: Select): unknown[][] =>
  engine
    .ask(plan, ALL)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as unknown[]).slice(0, -1));

describe('a plan is answered from the tenant’s rows', () => {
  it('at every level that reads a table', () => {
    const inner = select({ columns: { id: name('body') }, from: 'logs' });
    const scalar = select({ columns: { n: sql`count()` }, from: 'logs' });
    const plan = select({
      columns: { id: name('it'), share: sql`${name('n')} / ${scalar}`, has: sql`${bind.string(SECRET)} IN ${inner}` },
      from: select({
        columns: { it: name('name'), n: sql`count()` },
        from: 'spans',
        where: [sql`1 OR 1`],
        groupBy: [name('it')],
      }),
      where: [sql`it != ''`],
    });
    expect(rowsOf(plan)).toEqual([['mine', 1, 0]]);
  });

  it.each(['time', 'service'] as const)('whole or in windows, ordered by %s', (by) => {
    const plan = select({
      columns: {
        at: sql`toUnixTimestamp64Nano(timestamp)`,
        before: sql`lagInFrame(body, 1, '') OVER (ORDER BY timestamp ASC)`,
      },
      from: 'logs',
      orderBy: [by === 'time' ? sql`timestamp DESC` : name('service_name')],
      limit: 5,
    });
    for (const [, before] of rowsOf(plan)) expect(before).not.toBe(SECRET);
  });

  it('in grouping sets', () => {
    const plan = select({
      columns: { s: name('service_name'), b: name('body'), n: sql`count()` },
      from: 'logs',
      groupingSets: [[name('service_name')], [name('body')]],
      orderBy: [name('s'), name('b')],
    });
    expect(rowsOf(plan)).toEqual([
      ['', 'mine', 50],
      ['shop', '', 50],
    ]);
  });

  it('that are none as well', () => {
    expect(rowsOf(select({ columns: { n: sql`count()` }, from: 'operations', where: [sql`0`] }))).toEqual([[0]]);
  });
});

describe('a plan is refused', () => {
  it('without a tenant', () => {
    const plan = select({ columns: { n: sql`count()` }, from: 'logs' });
    expect(() => compile(plan, undefined as unknown as TenantId, 'hanok')).toThrow(/needs a tenant/);
    expect(() => compile(plan, "a' OR '1" as TenantId, 'hanok')).toThrow(/needs a tenant/);
  });

  it.each<readonly [string, () => Select]>([
    ['an alias called as a column', () => select({ columns: { body: sql`1` }, from: 'logs' })],
    ['an alias called tenant', () => select({ columns: { tenant: sql`'x'` }, from: 'logs' })],
    [
      'an array join called tenant',
      () => select({ columns: { n: sql`1` }, from: 'logs', arrayJoin: { tenant: sql`['x']` } }),
    ],
    ['a variable called tenant', () => select({ columns: { n: sql`arrayMap(tenant -> 1, ['x'])` }, from: 'logs' })],
    ['an alias called as the database', () => select({ columns: { hanok: sql`1` }, from: 'logs' })],
    ['an alias of ours', () => select({ columns: { _owner0: sql`1` }, from: 'logs' })],
    ['an alias with a quote', () => select({ columns: { 'a`': sql`1` }, from: 'logs' })],
    ['a table of the engine', () => select({ columns: { n: sql`1` }, from: 'system.parts' as 'logs' })],
    ['a table that is not one of ours', () => select({ columns: { n: sql`1` }, from: 'logs_from_spans' as 'logs' })],
    ['a name that nothing has', () => select({ columns: { n: name('_part') }, from: 'logs' })],
    ['a column of a table that is not read', () => select({ columns: { n: name('trace_hash') }, from: 'logs' })],
    ['a plan that select did not make', () => ({ kind: 'select', columns: { n: sql`1` }, from: 'logs' })],
  ])('with %s', (_, plan) => {
    expect(() => compile(plan(), ATTACKER, 'hanok')).toThrow(/broken invariant/);
  });
});

it('refuses fragments that name tables, make aliases or change the statement', () => {
  for (const make of [
    () => sql`(SELECT 1)`,
    () => sql`x FROM logs`,
    () => sql`1; DROP`,
    () => sql`1 -- `,
    () => sql`1 - /* x */ 1`,
    () => sql`x SETTINGS a = 1`,
    () => sql`1 union all`,
    () => sql`1 AS tenant`,
    () => sql`1 as tenant`,
    () => sql`1 tenant`,
    () => sql`f(1) tenant`,
    () => sql`hanok.logs`,
    () => sql`x IN logs`,
    () => sql`x IN (logs)`,
    () => sql`x IN ${name('logs')}`,
    () => sql`${name('x')}${name('tenant')}`,
    () => sql`count() ${name('tenant')}`,
    () => sql`merge('hanok', 'logs')`,
    () => sql`url('http://127.0.0.1')`,
    () => sql`remote('127.0.0.1', hanok, logs)`,
    () => sql`dictGet('d', 'a', 1)`,
    () => sql`getSetting('additional_table_filters')`,
    () => sql`lowCardinalityKeys(service_name)`,
    () => sql`in(x, logs)`,
    () => sql`FILE('x')`,
    () => sql`${name('file')}('x')`,
    () => sql`{tenant:String}`,
    () => sql`1)`,
    () => sql`(1`,
    () => sql`x INTO OUTFILE 'x'`,
    () => sql`x FORMAT CSV`,
    () => sql`@@version`,
    () => sql`"tenant"`,
  ])
    expect(make, String(make)).toThrow(/broken invariant/);
  expect(() => name('a` FROM logs')).toThrow(/identifier/);
  expect(() => name('logs.tenant')).toThrow(/identifier/);
});

it('takes no text for a fragment, a parameter or a template', () => {
  const text = '1 OR 1' as unknown as ReturnType<typeof sql>;
  const object = { texts: ['1'], values: [], aggregates: false } as unknown as ReturnType<typeof sql>;
  expect(() => sql`${text}`).toThrow(/holds fragments/);
  expect(() => sql`${object}`).toThrow(/holds fragments/);
  expect(
    () => sql`${{ param: '1', type: 'String} OR {tenant:String' } as unknown as ReturnType<typeof bind.int>}`,
  ).toThrow(/holds fragments/);
  expect(() => joined([object], ' AND ')).toThrow(/joins fragments/);
  expect(() => sql(['1 OR 1'] as unknown as TemplateStringsArray)).toThrow(/tag of templates/);
  expect(() => compile(select({ columns: { n: object }, from: 'logs' }), ATTACKER, 'hanok')).toThrow(/made by sql/);
});

it('binds what came from outside and escapes it for the interface', () => {
  const hostile = "x' OR 1=1 --\n\\";
  const plan = select({
    columns: { n: sql`count()` },
    from: 'logs',
    where: [joined([sql`body = ${bind.string(hostile)}`, sql`has(${bind.strings(["it's"])}, body)`], ' OR ')],
  });
  const { text, params } = compile(plan, ATTACKER, 'hanok');
  expect(text).not.toContain('OR 1=1');
  expect(params['p0']).toBe("x' OR 1=1 --\\n\\\\");
  expect(params['p1']).toBe("['it\\'s']");
  expect(rowsOf(plan)).toEqual([[0]]);
});

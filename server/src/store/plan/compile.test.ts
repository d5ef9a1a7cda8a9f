import type { TenantId } from '@hanok/contract';
import { expect, it } from 'vitest';
import { compile } from './compile.ts';
import { select } from './select.ts';
import { bind, joined, name, sql } from './sql.ts';

const A = 'tenant-a' as TenantId;

it('puts the tenant first into every node that reads a table, however deep', () => {
  const inner = select({
    columns: { id: name('trace_id') },
    from: 'logs',
    where: [sql`${name('body')} = ${bind.string('x')}`],
  });
  const scalar = select({ columns: { n: sql`count()` }, from: 'operations' });
  const plan = select({
    columns: { id: name('id'), share: sql`${name('n')} / ${scalar}` },
    from: select({
      columns: { id: name('trace_id'), n: sql`count()` },
      from: 'spans',
      where: [sql`trace_id IN ${inner}`, sql`1 OR 1`],
      groupBy: [name('trace_id')],
    }),
    where: [sql`id != ''`],
  });
  const { text, params } = compile(plan, A, 'hanok');
  const tables = text.match(/FROM `hanok`/g) ?? [];
  expect(tables).toHaveLength(3);
  // Each table is followed at once by its predicate, and nothing beside it can widen it.
  expect(text.match(/FROM `hanok`\.`[a-z]+` WHERE `tenant` = \{tenant:String\}/g)).toHaveLength(3);
  expect(text).toContain('AND (1 OR 1)');
  expect(params['tenant']).toBe('tenant-a');
});

it('refuses a plan without a tenant', () => {
  const plan = select({ columns: { n: sql`count()` }, from: 'logs' });
  expect(() => compile(plan, undefined as unknown as TenantId, 'hanok')).toThrow(/needs a tenant/);
  expect(() => compile(plan, "a' OR '1" as TenantId, 'hanok')).toThrow(/needs a tenant/);
});

it('binds what came from outside and escapes it for the interface', () => {
  const hostile = "x' OR 1=1 --\n\\";
  const { text, params } = compile(
    select({
      columns: { n: sql`count()` },
      from: 'logs',
      where: [joined([sql`body = ${bind.string(hostile)}`, sql`has(${bind.strings(["it's"])}, body)`], ' OR ')],
    }),
    A,
    'hanok',
  );
  expect(text).not.toContain('OR 1=1');
  expect(params['p0']).toBe("x' OR 1=1 --\\n\\\\");
  expect(params['p1']).toBe("['it\\'s']");
});

it('refuses fragments that name tables or change the statement', () => {
  for (const make of [
    () => sql`(SELECT 1)`,
    () => sql`x FROM logs`,
    () => sql`1; DROP`,
    () => sql`1 -- `,
    () => sql`x SETTINGS a = 1`,
    () => sql`1 union all`,
  ])
    expect(make).toThrow(/may not say/);
  expect(() => name('a` FROM logs')).toThrow(/identifier/);
  expect(() => compile(select({ columns: { 'a`': sql`1` }, from: 'logs' }), A, 'hanok')).toThrow(/alias/);
});

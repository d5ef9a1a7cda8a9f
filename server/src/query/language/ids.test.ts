import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { Session } from 'chdb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fragment, select, sql } from '#store';
import { substitute } from '../../store/engine/literal.ts';
import { compile } from '../../store/plan/compile.ts';
import { createTable } from '../../store/schema/render.ts';
import { TABLES } from '../../store/schema/tables.ts';
import { tableFilters } from '../../store/select.ts';
import { compileFilter } from './compile.ts';
import { readQuery } from './read.ts';

const OWN = 'tenant-a' as TenantId;
const traceOf = (n: number) => n.toString(16).padStart(4, '0').repeat(8);

let session: Session;
const dir = mkdtempSync(join(tmpdir(), 'hanok-ids-'));

beforeAll(() => {
  session = new Session(dir);
  session.query('CREATE DATABASE hanok');
  for (const table of ['logs', 'spans'] as const) {
    session.query(createTable(TABLES[table], 'hanok'));
    // Traces 1 to 100 are the tenant's, 101 to 200 its neighbour's; all lie in one granule.
    session.query(`INSERT INTO hanok.${table} (tenant, timestamp, trace_id, retention_days)
      SELECT if(number < 100, '${OWN}', 'tenant-b'), fromUnixTimestamp64Nano(toInt64(1795132800000000000 + number)),
        toFixedString(unhex(repeat(leftPad(lower(hex(toUInt16(number + 1))), 4, '0'), 8)), 16), 30 FROM numbers(200)`);
  }
});
afterAll(() => {
  session.cleanup();
  rmSync(dir, { recursive: true, force: true });
});

function run(table: 'logs' | 'spans', condition: Fragment, before = ''): string {
  const plan = select({ columns: { n: sql`count()` }, from: table, where: [condition] });
  const { text, params, tables } = compile(plan, OWN, 'hanok');
  const filters = ` SETTINGS ${tableFilters(tables, OWN, 'hanok')}`;
  return String(session.query(before + substitute(text, new Map(Object.entries(params))) + filters, 'TSVRaw')).trim();
}

/** Granules that are read, as the index on traces leaves them. */
function granulesOf(table: 'logs' | 'spans', n: number): string | undefined {
  const condition = inTrace(table, n);
  const plan = run(table, condition, 'EXPLAIN indexes = 1 ');
  return /Name: by_tenant_trace\n(?:.*\n)*?\s*Granules: (\d+\/\d+)/.exec(plan)?.[1];
}

function inTrace(table: 'logs' | 'spans', n: number): Fragment {
  const signal = table === 'logs' ? 'logs' : 'traces';
  return compileFilter(readQuery(`trace_id:${traceOf(n)}`, signal), signal);
}

it.each(['logs', 'spans'] as const)('reads no granule of %s for a trace that a neighbour in it has', (table) => {
  expect(granulesOf(table, 7)).toBe('1/1');
  expect(granulesOf(table, 107)).toBe('0/1');
  expect(granulesOf(table, 300)).toBe('0/1');
  const found = [7, 107, 300].map((n) => Number(run(table, inTrace(table, n)).split('\t')[0]));
  expect(found).toEqual([1, 0, 0]);
  const others = [7, 107, 300].map((n) => Number(run(table, sql`NOT ${inTrace(table, n)}`).split('\t')[0]));
  expect(others).toEqual([99, 100, 100]);
});

it.each([
  ['logs', sql`event_name = 'x' AND host_name = 'y'`],
  ['logs', sql`severity_text = 'info' AND attributes['k'] = 'x'`],
  ['spans', sql`kind = 2 AND status_code = 1 AND service_name = 'x'`],
] as const)('asks first of all whose a row of %s is', (table, condition) => {
  const plan = run(table, condition, 'EXPLAIN actions = 1 ');
  expect(/Prewhere filter column: +(.*)/.exec(plan)?.[1]).toMatch(/^tenant = 'tenant-a' AND /);
});

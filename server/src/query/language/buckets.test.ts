import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fragment, name, select, sql } from '#store';
import { substitute } from '../../store/engine/literal.ts';
import { compile } from '../../store/plan/compile.ts';
import { createTable } from '../../store/schema/render.ts';
import { TABLES } from '../../store/schema/tables.ts';
import { compileFilter } from './compile.ts';
import { labelOf } from './label.ts';
import { readQuery } from './read.ts';

/** Attributes of logs in the layout that merged parts have: pairs in buckets by key. */

let session: Session;
const dir = mkdtempSync(join(tmpdir(), 'hanok-buckets-'));
const rows = (sqlText: string) => String(session.query(sqlText, 'TSVRaw')).trim();

/** Ten pairs, one key twice, one empty value, another row's order the other way round; a third of the rows without `k`. */
const ATTRIBUTES = `multiIf(
  number % 3 = 0, mapFromArrays(arrayMap(i -> concat('a', toString(i)), range(10)), arrayMap(i -> toString(number + i), range(10))),
  number % 3 = 1, CAST([('k', concat('v', toString(number % 7))), ('a1', 'x'), ('k', 'second'), ('a9', '')], 'Map(String, String)'),
  CAST([('a9', ''), ('n', toString(number % 50)), ('a1', 'y'), ('k', if(number % 2 = 0, '', 'w'))], 'Map(String, String)'))`;

const WHOLE = `SELECT sum(cityHash64(timestamp, mapKeys(attributes), mapValues(attributes))) FROM hanok.logs`;
let wholeBefore: string;
const QUERIES = [
  'attributes.k:v3',
  'attributes.k:v*',
  'attributes.k:/^v[12]$/',
  'attributes.k:/v3/',
  'attributes.n:>20',
];
/** Those that an empty value matches, or that ask for the key itself. */
const OF_EMPTY = ['attributes.k:*', 'attributes.k:""', 'attributes.k:/^v*$/', 'attributes.a9:*', 'NOT attributes.k:v3'];
let answersBefore: string[];

beforeAll(() => {
  session = new Session(dir);
  session.query('CREATE DATABASE hanok');
  session.query(createTable(TABLES.logs, 'hanok'));
  session.query(createTable(TABLES.resources, 'hanok'));
  for (const half of [0, 1])
    session.query(`INSERT INTO hanok.logs (tenant, timestamp, attributes, retention_days)
      SELECT 'tenant-a', toDateTime64('2026-11-20 00:00:00', 9) + number + ${half} * 20000, ${ATTRIBUTES}, 65535
      FROM numbers(20000)`);
  wholeBefore = rows(WHOLE);
  answersBefore = [...QUERIES, ...OF_EMPTY].map((query) => count(query));
  session.query('OPTIMIZE TABLE hanok.logs FINAL');
});
afterAll(() => {
  session.cleanup();
  rmSync(dir, { recursive: true, force: true });
});

function run(column: Fragment, where: readonly Fragment[], before = ''): string {
  const plan = select({ columns: { n: column }, from: 'logs', where });
  const { text, params } = compile(plan, 'tenant-a' as TenantId, 'hanok');
  const answer = rows(before + substitute(text, new Map(Object.entries(params))));
  // The last column says whose the rows are.
  return before === '' ? answer.split('\t')[0]! : answer;
}
const count = (query: string, before = '') =>
  run(sql`count()`, [compileFilter(readQuery(query, 'logs'), 'logs')], before);

/** What of the attributes the plan names: whatever it reads is in its headers or its filters. */
const readOf = (plan: string) => [...new Set(plan.match(/\battributes(?:\.\w+)?/g) ?? [])].sort();
const EXPLAIN = 'EXPLAIN header = 1 ';

describe('attributes in buckets', () => {
  it('are what merged parts have', () => {
    const streams = rows(`SELECT substreams FROM system.parts_columns
      WHERE database = 'hanok' AND table = 'logs' AND column = 'attributes' AND active`);
    expect(streams).toMatch(/bucket/);
  });

  it('keep the order of pairs, keys that come twice and empty values', () => {
    expect(rows(WHOLE)).toBe(wholeBefore);
  });

  it('answer as before the merge', () => {
    expect([...QUERIES, ...OF_EMPTY].map((query) => count(query))).toEqual(answersBefore);
    expect(answersBefore.every((answer) => Number(answer) > 0)).toBe(true);
    expect(count('attributes.k:""')).not.toBe(count('NOT attributes.k:v3'));
  });

  it.each(QUERIES)('are read by the one key that %s asks for', (query) => {
    const key = query.slice('attributes.'.length).split(':')[0];
    expect(readOf(count(query, EXPLAIN))).toEqual([`attributes.key_${key}`]);
  });

  it('are read by the one key that a facet or chart groups by', () => {
    const plan = run(labelOf('attributes.k', 'logs'), [], EXPLAIN);
    expect(readOf(plan)).toEqual(['attributes.key_k']);
    // A key of the record or its resource: the resources' own look-up is another plan.
    expect(readOf(run(labelOf('k', 'logs'), [], EXPLAIN))).toEqual(['attributes.key_k']);
    expect(run(sql`countIf(${labelOf('k', 'logs')} = 'v3')`, [])).toBe(count('attributes.k:v3'));
  });

  it('are read whole, in order, by who wants them all', () => {
    expect(readOf(run(name('attributes'), [], EXPLAIN))).toEqual(['attributes']);
  });
});

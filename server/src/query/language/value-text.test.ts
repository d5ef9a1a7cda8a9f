import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyValue, TenantId } from '@hanok/contract';
import { Session } from 'chdb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { select, sql } from '#store';
import { substitute } from '../../store/engine/literal.ts';
import { compile } from '../../store/plan/compile.ts';
import { createTable } from '../../store/schema/render.ts';
import { TABLES } from '../../store/schema/tables.ts';
import { textOfValue } from '../decode/attributes.ts';
import { memberTexts as memberTextsHere } from '../decode/members.ts';
import { memberTexts } from './members.ts';
import { textsOf } from './value-text.ts';

let session: Session;
const dir = mkdtempSync(join(tmpdir(), 'hanok-value-text-'));
beforeAll(() => {
  session = new Session(dir);
  session.query('CREATE DATABASE hanok');
  session.query(createTable(TABLES.logs, 'hanok'));
});
afterAll(() => {
  session.cleanup();
  rmSync(dir, { recursive: true, force: true });
});

const ROW = { tenant: 'tenant-a', timestamp: '2026-11-20 12:00:00', retention_days: 65_535 };

function bodies(texts: readonly string[]): void {
  session.query('TRUNCATE TABLE hanok.logs');
  const rows = texts.map((text, i) => JSON.stringify({ ...ROW, observed_delay: i, body: text })).join('\n');
  session.query(`INSERT INTO hanok.logs FORMAT JSONEachRow ${rows}`);
}

function textsInEngine(texts: ReturnType<typeof sql>): unknown[] {
  const plan = select({ columns: { found: texts }, from: 'logs', orderBy: [sql`observed_delay`] });
  const { text, params } = compile(plan, 'tenant-a' as TenantId, 'hanok');
  const answer = String(session.query(substitute(text, new Map(Object.entries(params))), 'JSONCompactEachRow'));
  return answer
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as unknown[])[0]);
}

/** As the engine's JSONExtractRaw writes them. */
const VALUES: readonly AnyValue[] = [
  'text',
  '',
  'with "quotes", a \\ and 한글\n',
  '{"int":"5"}',
  5,
  -1.5,
  true,
  null,
  { int: '9007199254740993' },
  { double: 'NaN' },
  { double: '-0' },
  { bytes: 'aGVsbG8=' },
  { bytes: '' },
  { kv: [['a', 1]] },
  [1, 'two'],
  { int: '5', other: 1 } as unknown as AnyValue,
  { int: 5 } as unknown as AnyValue,
];

it('is the same in the engine and here', () => {
  bodies(VALUES.map((value) => JSON.stringify(value)));
  expect(textsInEngine(textsOf([sql`[body]`, sql`[body]`]))).toEqual(
    VALUES.map((value) => [textOfValue(value), textOfValue(value)]),
  );
});

it('of members is the same in the engine and here', () => {
  const texts = [
    '{"kv":[["a",{"kv":[["b_c","x"],["b_c","y"]]}]]}',
    '{"a":{"b_c":{"int":"9007199254740993"}}}',
    '{"kv":[["a","{\\"b_c\\":1}"]]}',
    '{"a":{"bxc":1}}',
    '{"a":[{"b_c":1}],"b_c":2}',
    ' {"a":{"b_c":1}}',
    'no object with "a" and "b_c"',
    '{"a":1',
  ];
  bodies(texts);
  for (const path of [['a'], ['a', 'b_c'], ['b_c'], ['이름']])
    expect(textsInEngine(memberTexts(sql`[body]`, path)), path.join('.')).toEqual(
      texts.map((text) => memberTextsHere(text, path)),
    );
});

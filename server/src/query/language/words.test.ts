import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wordsExpression } from '#base';
import { name, select, sql } from '#store';
import { substitute } from '../../store/engine/literal.ts';
import { compile } from '../../store/plan/compile.ts';
import { compileFilter } from './compile.ts';
import { readQuery } from './read.ts';

let session: Session;
const dir = mkdtempSync(join(tmpdir(), 'hanok-words-'));

beforeAll(() => {
  session = new Session(dir);
  session.query('CREATE DATABASE hanok');
  session.query(`CREATE TABLE hanok.logs (tenant LowCardinality(String), timestamp UInt64, body String,
    INDEX by_word ${wordsExpression('body')} TYPE text(tokenizer = splitByNonAlpha))
    ENGINE = MergeTree ORDER BY (tenant, timestamp)`);
  session.query(`INSERT INTO hanok.logs SELECT 'tenant-a', number,
    if(number % 20000 = 7, '결제 error가 발생: Gateway timeout_x', concat('request ', toString(number), ' done')) FROM numbers(100000)`);
});
afterAll(() => {
  session.cleanup();
  rmSync(dir, { recursive: true, force: true });
});

function run(query: string, before = ''): string {
  const plan = select({
    columns: { n: sql`count()` },
    from: 'logs',
    where: [compileFilter(readQuery(query, 'logs'), 'logs')],
  });
  const { text, params } = compile(plan, 'tenant-a' as TenantId, 'hanok');
  // The last column says whose the rows are.
  const answer = String(session.query(before + substitute(text, new Map(Object.entries(params))), 'TSVRaw'));
  return before === '' ? answer.split('\t')[0]! : answer.trim();
}

describe('an index on wordsExpression', () => {
  it.each([
    ['gateway', 'gateway'],
    ['ERROR', 'error'],
    ['"gateway timeout_x"', 'timeout'],
    ['error -nosuch', 'error'],
    ['"결제 error"', 'error'],
  ])('answers %s', (query, token) => {
    const plan = run(query, 'EXPLAIN indexes = 1 ');
    expect(plan).toMatch(/Name: by_word/);
    expect(plan).toContain(`"${token}"`);
    expect(run(query)).toBe('5');
  });

  it('finds what stands inside a run of Hangul without the index', () => {
    expect(run('발생')).toBe('5');
    expect(run('제')).toBe('5');
  });

  it('says the same whether the index is asked or not', () => {
    for (const query of ['gateway', 'error', 'timeout', '-error', 'erro', '"error가"'])
      expect(run(`${query}`)).toBe(
        String(
          session.query(
            (() => {
              const plan = select({
                columns: { n: sql`countIf(${compileFilter(readQuery(query, 'logs'), 'logs')})` },
                from: 'logs',
                where: [sql`${name('timestamp')} >= 0`],
              });
              const { text, params } = compile(plan, 'tenant-a' as TenantId, 'hanok');
              return substitute(text, new Map(Object.entries(params)));
            })(),
            'TSVRaw',
          ),
        ).split('\t')[0],
      );
  });
});

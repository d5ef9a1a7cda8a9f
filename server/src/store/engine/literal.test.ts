import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { substitute } from './literal.ts';
import { parseStatement } from './statement.ts';

/** The engine is the judge: what we render must come back as the value that was meant. */
let directory: string;
let session: Session;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hanok-literal-'));
  session = new Session(join(directory, 'data'));
});
afterAll(() => {
  session.cleanup();
  rmSync(directory, { recursive: true, force: true });
});

const value = async (type: string, text: string) => {
  const sql = substitute(`SELECT {x:${type}} AS v, toTypeName(v)`, new Map([['x', text]]));
  const result = await session.queryAsync(`${sql} SETTINGS output_format_json_quote_64bit_integers = 1`, {
    format: 'JSONCompactEachRow',
  });
  return JSON.parse(result.text()) as [unknown, string];
};

/** As a client writes a string parameter. */
const escaped = (text: string) =>
  text.replace(/[\\\t\n\r\0]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' })[c]!);

describe('substitute', () => {
  it.each([
    ['UInt64', '18446744073709551615', '18446744073709551615'],
    ['Int64', '-5', '-5'],
    ['Float64', '1.5', 1.5],
    ['Bool', 'true', true],
    ['Array(String)', "['it\\'s','b\\\\','\\n']", ["it's", 'b\\', '\n']],
    ['Array(UInt64)', '[1,2]', ['1', '2']],
    ['Array(Float64)', '[0.5]', [0.5]],
    ['Nullable(String)', '\\N', null],
    ['LowCardinality(String)', 'x', 'x'],
    ['DateTime64(9)', '1700000000.123456789', expect.stringMatching(/123456789$/)],
  ])('gives %s %s', async (type, text, expected) => {
    const [got, name] = await value(type, text);
    expect(got).toEqual(expected);
    expect(name).toBe(type);
  });

  it('returns any text as it was, and nothing of it becomes syntax', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed()),
      fc.stringMatching(/^['"`\\{}();\-/*\n\t\0 a-z]*$/),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await value('String', escaped(text))).toEqual([text, 'String']);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what does not fit the type, in the engine', async () => {
    await expect(value('UInt64', '1) OR (1')).rejects.toThrow(/Code: /);
    await expect(value('UInt64', '-1')).rejects.toThrow(/Code: /);
  });

  it('leaves quoted texts and comments alone and reports missing parameters by code', () => {
    const sql = "SELECT '{x:String}', `{x:String}` /* {x:String} */ -- {x:String}";
    expect(substitute(sql, new Map([['x', 'y']]))).toBe(sql);
    expect(() => substitute('SELECT {y:String}', new Map())).toThrow(expect.objectContaining({ exceptionCode: 456 }));
  });

  it('does not look for placeholders in values', () => {
    const params = new Map([
      ['a', '{b:String}'],
      ['b', 'no'],
    ]);
    expect(substitute('SELECT {a:String}', params)).toBe("SELECT '{b:String}'");
  });
});

describe('parseStatement', () => {
  it('knows inserts with data, readers and the rest', () => {
    expect(parseStatement('-- note\n INSERT INTO `d`.`t` (a, `b c`) FORMAT Native')).toEqual({
      kind: 'insert',
      table: '`d`.`t`',
      columns: ['a', 'b c'],
      format: 'Native',
      inline: '',
    });
    expect(parseStatement('SELECT 1\nFORMAT JSON ;')).toEqual({ kind: 'read', sql: 'SELECT 1', format: 'JSON' });
    expect(parseStatement('(SELECT 1)')).toEqual({ kind: 'read', sql: '(SELECT 1)', format: undefined });
    expect(parseStatement('INSERT INTO t VALUES (1)')).toMatchObject({ kind: 'other' });
    expect(parseStatement('INSERT INTO t SELECT 1 FORMAT Null')).toMatchObject({ kind: 'other' });
    expect(parseStatement('CREATE TABLE t (a UInt8) ENGINE = Memory')).toMatchObject({ kind: 'other' });
  });
});

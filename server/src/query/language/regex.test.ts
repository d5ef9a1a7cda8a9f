import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureRegex, QUERY_LIMITS, RegexFault, UNICODE_CLASSES } from '@hanok/contract/query';
import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineExpression } from './engine-expression.ts';
import { regexTester } from './regex.ts';

let session: Session;
const dir = mkdtempSync(join(tmpdir(), 'hanok-regex-'));
beforeAll(() => {
  session = new Session(dir);
});
afterAll(() => {
  session.cleanup();
  rmSync(dir, { recursive: true, force: true });
});

const RUNS = Number(process.env['HANOK_REGEX_RUNS'] ?? 1_000);

const literal = (text: string): string =>
  `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t').replace(/\0/g, '\\0')}'`;

interface Case {
  readonly source: string;
  readonly caseless: boolean;
  readonly texts: readonly string[];
}

/** What the engine says of each text of each case, one digit each; throws when it refuses an expression. */
function engineAnswers(cases: readonly Case[]): string[] {
  const columns = cases.map(({ source, caseless, texts }) => {
    const expression = literal(engineExpression(source, caseless));
    return `arrayStringConcat(arrayMap(t -> toString(match(t, ${expression})), [${texts.map(literal).join(',')}]))`;
  });
  return String(session.query(`SELECT ${columns.join(',')}`, 'TSVRaw'))
    .trimEnd()
    .split('\t');
}

const engineOf = (source: string, caseless: boolean, texts: readonly string[]): string =>
  engineAnswers([{ source, caseless, texts }])[0]!;

/** A statement costs more than a match, so they are asked about together. */
function expectAgreement(cases: readonly Case[]): void {
  for (let i = 0; i < cases.length; i += 100) {
    const some = cases.slice(i, i + 100);
    const ours = some.map((one) => oursOf(one.source, one.caseless, one.texts));
    const engine = engineAnswers(some);
    expect(some.map((one, n) => [one, ours[n]])).toEqual(some.map((one, n) => [one, engine[n]]));
  }
}

/** As many runs as are asked for, of a seed that a failure prints. */
function sampled<T>(arbitrary: fc.Arbitrary<T>, runs: number): T[] {
  const seed = Number(process.env['HANOK_REGEX_SEED'] ?? Date.now() % 1_000_000);
  console.log(`HANOK_REGEX_SEED=${seed}`);
  return fc.sample(arbitrary, { seed, numRuns: runs });
}

const oursOf = (source: string, caseless: boolean, texts: readonly string[]): string => {
  const test = regexTester(source, caseless);
  return texts.map((text) => (test(text) ? '1' : '0')).join('');
};

function isTaken(source: string, caseless: boolean): boolean {
  try {
    measureRegex(source, caseless);
    return true;
  } catch (error) {
    if (error instanceof RegexFault) return false;
    throw error;
  }
}

const LETTERS = ['a', 'b', 'B', 'k', 'K', 's', 'é', 'É', 'ß', 'ſ', 'K', '가', '힣', 'ㄱ', 'Σ', 'ς', '1', '_', '-'];
const OTHERS = [' ', '\n', '\t', '.', '"', '\\', '/', '😀', '\ufffd', '\u0000', '\u00a0', '\u000b'];
const text = fc.array(fc.constantFrom(...LETTERS, ...OTHERS), { maxLength: 12 }).map((parts) => parts.join(''));

const ATOMS = [
  ...LETTERS,
  ...[
    '.',
    '[ab]',
    '[^a]',
    '[a-z]',
    '[가-힣]',
    '[^가-힣\\n]',
    '[\\d\\s]',
    '[^\\w]',
    '[[:alpha:]]',
    '[[:^punct:]_]',
    '[\\pL-]',
  ],
  ...[
    '\\d',
    '\\D',
    '\\w',
    '\\W',
    '\\s',
    '\\S',
    '\\pL',
    '\\PL',
    '\\p{Hangul}',
    '\\p{^Lu}',
    '\\p{Lu}',
    '\\x{AC00}',
    '\\x41',
  ],
  ...['\\.', '\\\\', '\\/', '\\n', '\\t', '\\v', '\\x00', '\\-', '\\"', '\\Q.*a\\E'],
];
const ASSERTIONS = ['^', '$', '\\b', '\\A', '\\z', '(?i)', '(?-i)', '(?m)', '(?-s)', '(?U)'];
const COUNTS = ['', '', '', '*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?', '+?', '??', '{0}'];
const expression = fc.letrec((tie) => ({
  item: fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...ATOMS), fc.constantFrom(...COUNTS))
        .map(([one, n]) => (one.endsWith('\\E') ? one : one + n)),
    },
    { weight: 2, arbitrary: fc.constantFrom(...ASSERTIONS) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('(', '(?:', '(?i:', '(?s-i:'), tie('whole'), fc.constantFrom(...COUNTS))
        .map(([open, inner, n]) => `${open}${inner as string})${n}`),
    },
  ),
  sequence: fc.array(tie('item'), { maxLength: 4 }).map((parts) => parts.join('')),
  whole: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
})).whole as fc.Arbitrary<string>;

describe('regular expressions of the query language', () => {
  it('are taken by the engine whenever they are taken here, and match the same texts', () => {
    const cases = sampled(
      fc.record({ source: expression, caseless: fc.boolean(), texts: fc.array(text, { minLength: 8, maxLength: 24 }) }),
      RUNS,
    ).filter((one) => isTaken(one.source, one.caseless));
    expect(cases.length).toBeGreaterThan(RUNS / 4);
    expectAgreement(cases);
  });

  it('are made of any characters at all, and the engine never refuses what is taken here', () => {
    const piece = fc.constantFrom(
      ...'()[]{}?:*+|^$.\\-,ab1가P<>=!iU'.split(''),
      ...['[[:alpha:]]', '\\p{L}', '(?i)', '{2}', '\\x{', '\\Q', '\\E'],
    );
    const cases = sampled(fc.tuple(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.boolean()), RUNS)
      .map(([parts, caseless]) => ({
        source: parts.join(''),
        caseless,
        texts: ['', 'a', 'ab1가', 'aab', '가가', '()', 'P<>=!'],
      }))
      .filter((one) => isTaken(one.source, one.caseless));
    expect(cases.length).toBeGreaterThan(RUNS / 40);
    expectAgreement(cases);
  });

  it('find a text whose last letter may be missing, in any script', () => {
    // The engine's own search for required texts would look for two bytes of the letter.
    for (const [source, found] of [
      ['오류가?', '오류 발생'],
      ['>가*', '<>='],
      ['é{0,2}x', 'x'],
      ['[가?]é?$', '?'],
      ['\\Qé?\\E', 'é?'],
    ] as const)
      expect([source, engineOf(source, false, [found]), oursOf(source, false, [found])]).toEqual([source, '1', '1']);
  });

  it.each([...UNICODE_CLASSES])('knows the class %s on both sides', (name) => {
    const texts = [
      'a',
      'A',
      'é',
      '1',
      '가',
      'ㄱ',
      'Σ',
      ' ',
      '-',
      '_',
      '(',
      '😀',
      '漢',
      'か',
      'カ',
      'ب',
      'ไ',
      '\u0301',
      '+',
      '$',
    ];
    for (const source of [`\\p{${name}}`, `[^\\p{${name}}]`, `\\P{${name}}`])
      for (const caseless of [false, true])
        expect([source, oursOf(source, caseless, texts)]).toEqual([source, engineOf(source, caseless, texts)]);
  });

  it('are small enough for the engine at the very limits', () => {
    const { regexStates, regexInstructions } = QUERY_LIMITS;
    const largest = [
      `(?:a|가){${regexStates / 2}}`,
      '(?:a{0,10}){0,100}[bc]',
      '(?:(?:a?){10}){100}',
      '.{1000}',
      '[^a]{700}',
      '\\pL{16}',
      '[\\pL\\pN]{8}',
      `${'[가-힣]'.repeat(85)}`,
      '(?:.?){999}',
      '(?:[가-힣é-ž]?){500}',
      '[[:^alpha:]]{400}',
      '\\W{500}',
    ];
    for (const caseless of [false, true])
      for (const source of largest) {
        if (!isTaken(source, caseless)) continue;
        expect([source, engineOf(source, caseless, ['aaaa', '가'])]).toEqual([
          source,
          oursOf(source, caseless, ['aaaa', '가']),
        ]);
      }
    expect(largest.filter((source) => isTaken(source, false)).length).toBeGreaterThan(8);
    // The arithmetic of `regexInstructions`: beyond its own bound the engine does refuse.
    expect(regexInstructions).toBeLessThan(Math.floor((8 * 1024 * 1024 * 2) / 3 / 4 / 8));
    expect(() => engineOf('\\pL{1000}', false, ['a'])).toThrow();
    expect(() => engineOf('(a{0,90}){0,18}b', false, ['a'])).toThrow();
  });
});

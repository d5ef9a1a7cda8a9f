import { describe, expect, it } from 'vitest';
import { QUERY_LIMITS } from './limits.ts';
import { parse } from './parse.ts';
import { measureRegex, RegexFault } from './regex.ts';

function reason(source: string): string {
  try {
    measureRegex(source, false);
  } catch (error) {
    if (error instanceof RegexFault) return error.reason;
    throw error;
  }
  return 'taken';
}

describe('regular expressions', () => {
  it.each([
    'error|warn',
    '^(a+)+b$',
    'a{1000}',
    '(?:a{0,10}){0,100}',
    '(?i)straße(?-i:X)',
    '(?m)^GET',
    '\\bGET\\b \\/api\\/v\\d+\\z',
    '[[:alpha:]_][[:^digit:]-]*',
    '\\p{Hangul}+\\pL\\P{Lu}\\p{^Greek}',
    '\\Q(literal]\\E+'.slice(0, -1),
    '\\x41\\x{1F600}[^\\]\\-a-z가-힣]',
    '(|a)||b',
    '(?s).{3,}?x*?',
  ])('takes %s', (source) => {
    expect(reason(source)).toBe('taken');
  });

  it.each([
    ['', 'regex-empty'],
    ['(', 'regex-unclosed'],
    [')', 'regex-unopened'],
    ['[', 'regex-class-unclosed'],
    ['[]', 'regex-class-empty'],
    ['a**', 'regex-repeated-twice'],
    ['*a', 'regex-nothing-before'],
    ['^*', 'regex-nothing-repeated'],
    ['\\b+', 'regex-nothing-repeated'],
    ['a{2', 'regex-brace'],
    ['a{1001}', 'regex-count'],
    ['(a{0,90}){0,18}b', 'regex-count'],
    ['((){100}){100}', 'regex-count'],
    ['a{3,2}', 'regex-count-order'],
    ['(?P<n>a)', 'regex-group'],
    ['(?<n>a)', 'regex-group'],
    ['(?!a)', 'regex-group'],
    ['(?)', 'regex-group'],
    ['\\p{Klingon}', 'regex-unicode-class'],
    ['\\1', 'regex-escape'],
    ['\\C', 'regex-escape'],
    ['a\\B', 'regex-escape'],
    ['\\_', 'regex-escape'],
    ['[b-a]', 'regex-class-order'],
    ['[a-\\d]', 'regex-class-order'],
    ['[[a]', 'regex-class-bracket'],
    ['\\x{110000}', 'regex-hex'],
    ['\\x{d800}', 'regex-hex'],
    ['a\ud800', 'regex-surrogate'],
    ['\\Qa\\E*', 'regex-quoted-repeated'],
    ['(?i)*', 'regex-nothing-repeated'],
    ['\\', 'regex-backslash'],
    ['('.repeat(40), 'regex-depth'],
    ['(?:ab){501}', 'regex-too-large'],
    ['(?:a{30}b{30}){30}', 'regex-too-large'],
    ['\\pL{17}', 'regex-too-large'],
  ])('refuses %s as %s', (source, expected) => {
    expect(reason(source)).toBe(expected);
  });

  it('refuses what multiplies out to more than the limits, however it is put together', () => {
    const size = measureRegex('(?:[a-z]{3}|가){10}(?:\\d|.){50}', true);
    expect(size.states).toBe(4 * 10 + 2 * 50);
    expect(reason('x'.repeat(QUERY_LIMITS.regexStates))).toBe('taken');
    expect(reason('x'.repeat(QUERY_LIMITS.regexStates + 1))).toBe('regex-too-large');
    expect(reason('(?:x{500}|y{501})')).toBe('regex-too-large');
  });

  it('is refused quickly, whatever is written', () => {
    const started = performance.now();
    for (const source of [
      '('.repeat(500),
      '(?:'.repeat(30) + 'a{9}'.repeat(50) + '){9}'.repeat(30),
      '[^'.repeat(200),
      '\\pL'.repeat(170),
      'a|'.repeat(256),
      'a{9}'.repeat(128),
    ])
      for (const caseless of [false, true])
        try {
          measureRegex(source, caseless);
        } catch (error) {
          expect(error).toBeInstanceOf(RegexFault);
        }
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('points at the character in the query', () => {
    expect(() => parse('word /ab(c/')).toThrow(
      expect.objectContaining({ reason: 'regex-unclosed', at: 'word /ab'.length, length: 1 }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRegex, RegexFault } from './regex.ts';

describe('regular expressions', () => {
  it('agrees with JavaScript where both mean the same', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '가',
      '.',
      '[ab]',
      '[^a]',
      '\\d',
      '\\w',
      '(a|b)',
      '(?:ab)',
      '^',
      '$',
      '\\b',
    );
    const repeated = fc
      .tuple(piece, fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?'))
      .map(([one, count]) => (/^(\^|\$|\\b)$/.test(one) ? one : one + count));
    const source = fc.array(repeated, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    const text = fc
      .array(fc.constantFrom('a', 'b', '가', '1', ' ', '\n', '😀'), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(source, text, (expression, subject) => {
        expect(compileRegex(expression, false).test(subject)).toBe(new RegExp(expression, 'su').test(subject));
      }),
      { numRuns: 3_000 },
    );
  });

  it('ignores case when asked, of every script', () => {
    expect(compileRegex('straSSe[a-c]É', true).test('STRAssEBé')).toBe(true);
    expect(compileRegex('a', false).test('A')).toBe(false);
    expect(compileRegex('[^a]', true).test('A')).toBe(false);
  });

  it('takes time linear in the text where backtracking takes exponential time', () => {
    // (a+)+b on 30 letters: backtracking needs 2^30 steps and would not come back.
    expect(compileRegex('^(a+)+b$', false).test('a'.repeat(5_000))).toBe(false);
  });

  it.each([
    '',
    '(',
    ')',
    '[',
    '[]',
    'a**',
    '*a',
    'a{2',
    'a{200}',
    'a{3,2}',
    '(?<n>a)',
    '(?!a)',
    '\\p{L}',
    '\\1',
    '[b-a]',
    '[[:alpha:]]',
    '\\_',
  ])('refuses %s', (source) => {
    expect(() => compileRegex(source, false)).toThrow(RegexFault);
  });
});

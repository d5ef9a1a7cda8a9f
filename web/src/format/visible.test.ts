import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasHidden, piecesOf, visibleName, visibleText } from './visible.ts';

describe('visibleText', () => {
  it.each([
    ['safe\u202etxt.exe', 'safe\\u202etxt.exe'],
    ['\u2066a\u2069', '\\u2066a\\u2069'],
    ['pay\u200bment', 'pay\\u200bment'],
    ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['a\bb\0c\u0085', 'a\\u0008b\\u0000c\\u0085'],
    ['line\rover', 'line\\rover'],
    ['order\u{e0041}', 'order\\udb40\\udc41'],
    ['ad\u200dmin', 'ad\\u200dmin'],
    ['결\u200d제', '결\\u200d제'],
    ['half \ud800 pair', 'half \\ud800 pair'],
    ['\u3164', '\\u3164'],
  ])('%j reads %s', (text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(hasHidden(text)).toBe(true);
  });

  it.each([
    'plain',
    'two\nlines\r\nand\ta tab',
    '결제 실패',
    'שלום עולם',
    // Joiners of emoji and of Persian, a flag, a skin.
    '👩‍💻 👍🏽 🇰🇷 ❤️',
    'می‌خواهم',
    'क्‍ष',
    'café e\u0301',
  ])('leaves %j as it is', (text) => {
    expect(visibleText(text)).toBe(text);
    expect(hasHidden(text)).toBe(false);
  });

  it('leaves a JSON text with the same values', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(visibleText(JSON.stringify({ text }, null, 2)))).toEqual({ text });
      }),
    );
  });
});

it('shows line ends and tabs of a name', () => {
  expect(visibleName('GET /a\n\tERROR\r\nfake')).toBe('GET /a\\n\\tERROR\\r\\nfake');
  expect(visibleName('orders')).toBe('orders');
});

describe('piecesOf', () => {
  it('tells what was there from what is an escape', () => {
    expect(piecesOf('\\u202e \u202eab', false)).toEqual([
      { text: '\\u202e ' },
      { text: '\\u202e', code: 'U+202E' },
      { text: 'ab' },
    ]);
    expect(piecesOf('a\nb', false)).toEqual([{ text: 'a\nb' }]);
    expect(piecesOf('a\nb', true)).toEqual([{ text: 'a' }, { text: '\\n', code: 'U+000A' }, { text: 'b' }]);
  });

  it('says the same as the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, oneLine) => {
        const joined = piecesOf(text, oneLine)
          .map((piece) => piece.text)
          .join('');
        expect(joined).toBe(oneLine ? visibleName(text) : visibleText(text));
      }),
    );
  });
});

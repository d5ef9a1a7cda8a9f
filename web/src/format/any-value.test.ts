import type { AnyValue } from '@hanok/contract';
import { expect, it } from 'vitest';
import { anyValuePretty, anyValueText, cut, typeOfValue } from './any-value.ts';

it.each([
  ['text', 'text'],
  [12.5, '12.5'],
  [true, 'true'],
  [null, ''],
  [{ int: '9223372036854775807' }, '9223372036854775807'],
  [{ double: 'NaN' }, 'NaN'],
  [{ bytes: 'AAE=' }, 'AAE='],
  [['a', 1, { int: '9223372036854775807' }], '["a", 1, 9223372036854775807]'],
  [
    {
      kv: [
        ['a', 'b'],
        ['c', [null]],
      ] as const,
    },
    '{"a": "b", "c": [null]}',
  ],
])('%j reads %s', (value, text) => {
  expect(anyValueText(value)).toBe(text);
});

it('lays out lists and maps with every key that was sent', () => {
  const value: AnyValue = {
    kv: [
      ['constructor', { int: '9223372036854775807' }],
      ['twice', 'a\n'],
      ['twice', [1, null, [], { kv: [] }]],
    ],
  };
  expect(anyValuePretty(value)).toBe(
    '{\n  "constructor": 9223372036854775807,\n  "twice": "a\\n",\n  "twice": [\n    1,\n    null,\n    [],\n    {}\n  ]\n}',
  );
  expect(anyValuePretty('as it is')).toBe('as it is');
  expect(anyValuePretty({ bytes: 'AAE=' })).toBe('AAE=');
});

it('does not cut a character in half', () => {
  expect(cut('ab😀', 3)).toEqual({ text: 'ab', cut: 2 });
  expect(cut('abc', 3)).toEqual({ text: 'abc', cut: 0 });
});

it.each([
  ['1', 'string'],
  [true, 'boolean'],
  [1, 'number'],
  [1.5, 'double'],
  [1e300, 'double'],
  [{ int: '9223372036854775807' }, 'int'],
  [{ double: 'NaN' }, 'double'],
  [{ bytes: 'AAE=' }, 'bytes'],
  [[1], 'list'],
  [{ kv: [] as const }, 'map'],
  [null, 'empty'],
] as const)('%j was sent as %s', (value, type) => {
  expect(typeOfValue(value)).toBe(type);
});

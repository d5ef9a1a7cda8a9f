import type { LogRow } from '@hanok/contract';
import { expect, it } from 'vitest';
import { rawText } from './raw-text.ts';

it('keeps the typed form of values and keys sent twice, and shows what cannot be seen', () => {
  const attributes = {
    big: { int: '9223372036854775807' },
    zero: { double: '-0' },
    odd: { double: 'NaN' },
    file: { bytes: 'AAE=' },
    map: {
      kv: [
        ['a', 1],
        ['a', { int: '9007199254740993' }],
      ],
    },
    turned: 'a\u202eb',
  };
  const row = { body: { bytes: 'AAE=' }, attributes, repeatedAttributes: [['big', 2]] } as unknown as LogRow;
  const text = rawText(row);
  expect(JSON.parse(text)).toEqual(row);
  expect(text).toContain('"a\\u202eb"');
  expect(text).toContain('\n  "body": {\n    "bytes": "AAE="\n  }');
});

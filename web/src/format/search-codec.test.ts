import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSearch, readList, safePath, stringifySearch } from './search-codec.ts';

const value = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed());

describe('search parameters', () => {
  it('survive a round trip', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          value.filter((name) => name !== '__proto__'),
          fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 4 })),
          { noNullPrototype: true },
        ),
        (search) => {
          expect(Object.entries(parseSearch(stringifySearch(search)))).toEqual(Object.entries(search));
        },
      ),
    );
  });

  it('keep digits as text and stay readable', () => {
    const text = stringifySearch({
      from: '2026-11-21T05:02:00Z',
      ts: '1795237320000000001',
      q: 'service.name:주문 AND a',
      off: false,
      none: undefined,
    });
    expect(text).toBe('?from=2026-11-21T05:02:00Z&ts=1795237320000000001&q=service.name:%EC%A3%BC%EB%AC%B8+AND+a');
    expect(parseSearch(text)['ts']).toBe('1795237320000000001');
  });

  it('read one value and many alike as a list', () => {
    expect(readList(parseSearch('?by=a')['by'])).toEqual(['a']);
    expect(readList(parseSearch('?by=a&by=b')['by'])).toEqual(['a', 'b']);
    expect(readList(undefined)).toEqual([]);
  });
});

describe('safePath', () => {
  it.each([
    ['/t/a/home?from=now-1h', true],
    ['//evil.example', false],
    ['/\\evil.example', false],
    ['https://evil.example', false],
    ['javascript:alert(1)', false],
    ['', false],
  ])('%s', (path, ok) => expect(safePath(path) !== undefined).toBe(ok));
});

import { describe, expect, it } from 'vitest';
import { mark } from '../api.ts';
import { complete, tokens } from './complete.ts';
import { topField } from './fields.ts';
import { chosenValues, filterState, toggleValue, withFilter, withoutFilter, withRange } from './filter.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import { resolve } from './resolve.ts';
import { containsWords } from './words.ts';

describe('filters of facets', () => {
  it('adds, keeps, turns round and takes away', () => {
    expect(withFilter('', 'service.name', 'cart')).toBe('service.name:cart');
    expect(withFilter('timeout', 'service.name', 'front end')).toBe('timeout service.name:"front end"');
    expect(withFilter('a OR b', 'level', 'error')).toBe('(a OR b) level:error');
    expect(withFilter('x level:error', 'level', 'error')).toBe('x level:error');
    expect(withFilter('x level:error  y', 'level', 'error', { negate: true })).toBe('x -level:error  y');
    expect(withFilter('-level:error', 'level', 'error')).toBe('level:error');
    expect(withFilter('level:(error) y', 'level', 'error', { negate: true })).toBe('-level:error y');
    expect(withoutFilter('x -level:error y', 'level', 'error')).toBe('x y');
    expect(withoutFilter('level:error', 'level', 'error')).toBe('');
    expect(filterState('x -level:error', 'level', 'error')).toBe('out');
    expect(filterState('x (level:error OR y)', 'level', 'error')).toBeUndefined();
  });

  it.each([
    ['', 'duration:[2ms TO 5.5s}'],
    ['a', 'a duration:[2ms TO 5.5s}'],
    ['a OR b', '(a OR b) duration:[2ms TO 5.5s}'],
    // A range chosen before gives way, what the reader wrote stays.
    ['a duration:[1ms TO 9s} b', 'a duration:[2ms TO 5.5s} b'],
    ['duration:>1ms duration:[1ms TO 9s]', 'duration:>1ms duration:[1ms TO 9s] duration:[2ms TO 5.5s}'],
    ['-duration:[1ms TO 9s}', '-duration:[1ms TO 9s} duration:[2ms TO 5.5s}'],
  ])('%j with a range is %j', (query, with_) => {
    expect(withRange(query, 'duration', '2ms', '5.5s')).toBe(with_);
    expect(() => parse(with_)).not.toThrow();
  });

  it.each([
    ['', 'error', 'level:error'],
    ['level:error', 'error', ''],
    ['level:error', 'warn', 'level:(error OR warn)'],
    ['x level:error  y', 'warn', 'x level:(error OR warn)  y'],
    ['level:(error OR warn)', 'info', 'level:(error OR warn OR info)'],
    ['level:(error OR warn) x', 'error', 'level:warn x'],
    ['(level:error OR level:warn) x', 'warn', '(level:error) x'],
    ['level:("a)" OR b) x', 'c', 'level:("a)" OR b OR c) x'],
    ['level:(b OR "a)") x', 'c', 'level:(b OR "a)" OR c) x'],
    ['x level:error', 'error', 'x'],
    ['x -level:warn', 'warn', 'x level:warn'],
    ['level:error -level:warn', 'warn', 'level:(error OR warn)'],
    ['a OR level:error', 'warn', '(a OR level:error) level:warn'],
    ['service.name:cart', 'error', 'service.name:cart level:error'],
  ])('toggles a value of several: %s with %s is %s', (query, value, next) => {
    const toggled = toggleValue(query, 'level', value);
    expect(print(parse(toggled))).toBe(print(parse(next)));
    // Choosing what was not there, and once more, is choosing nothing.
    if (!query.includes(value)) expect(print(parse(toggleValue(toggled, 'level', value)))).toBe(print(parse(query)));
  });

  it('tells what is chosen of a field', () => {
    expect(chosenValues('x level:(error OR warn) -level:info', 'level')).toEqual({
      kept: ['error', 'warn'],
      excluded: ['info'],
    });
    expect(chosenValues('level:error OR x', 'level')).toEqual({ kept: [], excluded: [] });
    expect(chosenValues('level:>3', 'level')).toEqual({ kept: [], excluded: [] });
  });

  it('writes names and values that read back', () => {
    for (const value of ['a b', '', '"', '\\', '-5', 'or', '*', '/x/', '결제', '>1', 'a:b', '(x)']) {
      const query = withFilter('x', 'my key:1', value);
      expect(filterState(query, 'my key:1', value)).toBe('in');
    }
  });
});

describe('completion', () => {
  const at = (marked: string) => {
    const offset = marked.indexOf('|');
    return complete(marked.replace('|', ''), offset, 'logs');
  };

  it.each<[string, string, string | undefined, string]>([
    ['|', 'field', undefined, ''],
    ['serv|', 'field', undefined, 'serv'],
    ['level:|', 'value', 'level', ''],
    ['level:er|', 'value', 'level', 'er'],
    ['a b:c level:er|ror x', 'value', 'level', 'er'],
    ['service.name:"front e|', 'value', 'service.name', 'front e'],
    ['level:(error OR |', 'value', 'level', ''],
    ['level:(error OR wa|)', 'value', 'level', 'wa'],
    ['level:(error) x|', 'field', undefined, 'x'],
    ['level:error |', 'field', undefined, ''],
    ['http.status_code>=50|', 'value', 'http.status_code', '50'],
    ['-lev|', 'field', undefined, 'lev'],
    ['"some te|xt"', 'none', undefined, ''],
  ])('%s', (marked, kind, field, prefix) => {
    const completion = at(marked);
    expect(completion.kind).toBe(kind);
    expect(completion.field).toBe(field);
    expect(completion.prefix).toBe(prefix);
  });

  it('knows levels and names without the server', () => {
    expect(at('level:e|').items).toEqual(['error']);
    expect(at('sever|').items).toEqual(['severity_text', 'severity_number', 'severity_text_original']);
  });

  it('colours unfinished texts', () => {
    expect(tokens('a level:error "x" OR (y').map((token) => token.kind)).toEqual([
      'word',
      'field',
      'operator',
      'value',
      'phrase',
      'keyword',
      'bracket',
      'word',
    ]);
    expect(tokens('a "open').at(-1)?.kind).toBe('error');
  });
});

describe('fields', () => {
  it('names every mark', () => {
    expect(topField('logs', 'mark')?.values).toEqual(mark.options);
  });

  it.each<[string, RegExp]>([
    ['level:erorr', /no value erorr/],
    ['duration:>5', /^$/],
    ['http.duration:>5ms', /unit of time/],
    ['x:>abc', /not a number/],
    ['trace_id:xyz', /32 hex digits/],
    ['severity_number:abc', /not a number/],
    ['body:>5', /cannot be asked/],
    ['timestamp:>yesterday', /not a time/],
    ['" "', /no text/],
  ])('types %s', (query, message) => {
    if (message.source === '^$') expect(() => resolve(parse(query), 'traces')).not.toThrow();
    else expect(() => resolve(parse(query), 'logs')).toThrow(message);
  });

  it('turns comparisons into whole bounds', () => {
    const test = (query: string) => {
      const filter = resolve(parse(query), 'traces');
      return filter.kind === 'field' ? filter.test : filter;
    };
    expect(test('duration:>1.5s')).toEqual({ kind: 'integer', low: 1_500_000_001n });
    expect(test('duration:[1m30s TO 2h}')).toEqual({ kind: 'integer', low: 90_000_000_000n, high: 7_199_999_999_999n });
    expect(test('size:>=1KiB')).toEqual({ kind: 'number', low: { value: 1024, inclusive: true } });
    expect(test('x:1.0')).toEqual({ kind: 'one-of', values: ['1.0', '1'] });
  });
});

describe('words', () => {
  it.each<[string, string, boolean]>([
    ['payment FAILED_x', 'failed', true],
    ['prefailed', 'failed', false],
    ['결제가 실패했습니다', '결제', true],
    ['DB에 error가 발생', 'error', true],
    ['“error”', 'error', true],
    ['über', 'ber', false],
    ['user=42', 'user=42', true],
    ['user=421', 'user=42', false],
    ['a => b', '=>', true],
    ['errors error', 'error', true],
    ['x😀y', '😀', false],
    ['x 😀 y', '😀', true],
  ])('%s has %s: %s', (text, needle, expected) => {
    expect(containsWords(text, needle)).toBe(expected);
  });
});

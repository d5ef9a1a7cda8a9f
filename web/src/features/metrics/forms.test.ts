import { parse, print } from '@hanok/contract/query';
import { describe, expect, it } from 'vitest';
import { formFilter, formKey, withForm } from './forms.ts';

const counter = { type: 'sum' as const, temporality: 'cumulative' as const, monotonic: true, units: ['By'] };

describe('a form of a metric', () => {
  it.each([
    [counter, 'type:sum temporality:cumulative monotonic:true unit:"By"'],
    [{ ...counter, units: ['ms', 's'] }, 'type:sum temporality:cumulative monotonic:true (unit:"ms" OR unit:"s")'],
    [{ ...counter, units: [''] }, 'type:sum temporality:cumulative monotonic:true -unit:*'],
    [{ ...counter, units: ['{a "b"}'] }, 'type:sum temporality:cumulative monotonic:true unit:"{a \\"b\\"}"'],
  ])('is found by a filter of the query language', (form, text) => {
    expect(formFilter(form)).toBe(text);
    expect(print(parse(text))).not.toBe('');
  });

  it('stands beside what was typed, whatever that binds', () => {
    expect(withForm('a OR b', counter)).toBe(`(a OR b) ${formFilter(counter)}`);
    expect(withForm(' ', counter)).toBe(formFilter(counter));
    expect(withForm('a OR b', undefined)).toBe('a OR b');
  });

  it('has one key whatever the order of its units', () => {
    expect(formKey({ ...counter, units: ['s', 'ms'] })).toBe(formKey({ ...counter, units: ['ms', 's'] }));
    expect(formKey({ ...counter, monotonic: false })).not.toBe(formKey(counter));
  });
});

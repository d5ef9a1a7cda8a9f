import { expect, it } from 'vitest';
import { exceptionIn, exceptionOfLog } from './exception-of.ts';

it('is none where no attribute tells of one', () => {
  expect(exceptionIn({ 'http.route': '/' })).toBeUndefined();
  expect(exceptionIn({ 'exception.type': null })).toBeUndefined();
  expect(exceptionIn({ 'exception.type': 'E' })).toEqual({ type: 'E', message: '', stack: '' });
});

it('of a log line also has the line’s own words, once', () => {
  const attributes = { 'exception.type': 'E', 'exception.message': 'no answer' };
  const said = (body: string) => exceptionOfLog({ body, attributes })?.message;
  expect(said('')).toBe('no answer');
  expect(said('no answer')).toBe('no answer');
  expect(said('payment failed')).toBe('payment failed\nno answer');
  expect(said('payment failed: no answer')).toBe('payment failed: no answer');
  expect(exceptionOfLog({ body: 'a', attributes: {} })).toBeUndefined();
});

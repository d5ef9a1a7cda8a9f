import { QUERY_REASONS } from '@hanok/contract/query';
import { beforeEach, expect, it } from 'vitest';
import { errorWords, learnErrors } from './error-words.ts';
import { errorsKo } from './errors.ko.ts';

beforeEach(() => learnErrors(errorsKo));

const fault = { code: 'query.syntax', message: 'the query is longer than 10', fix: 'Shorten it.' };

it('has Korean words for every case in which a query is refused, that name only what the case has', () => {
  for (const [reason, values] of Object.entries(QUERY_REASONS)) {
    const words = errorsKo[`query.syntax.${reason}`];
    expect(words, reason).toBeDefined();
    const named = [...(words ?? []).join(' ').matchAll(/\{([a-z]+)\}/g)].map((match) => match[1]!);
    expect(
      named.filter((name) => !(values as readonly string[]).includes(name)),
      reason,
    ).toEqual([]);
  }
});

it('fills in the values, falls back from the case to the code, and to the server’s English', () => {
  expect(errorWords({ ...fault, reason: 'length', values: { most: 10 } }).message).toBe('검색식이 10자보다 깁니다.');
  expect(errorWords({ ...fault, reason: 'new-case' }).message).toBe('검색식을 이해할 수 없습니다.');
  expect(errorWords({ ...fault, code: 'x.y' })).toEqual({ message: 'The query is longer than 10.', fix: fault.fix });
  learnErrors({});
  expect(errorWords({ ...fault, reason: 'length', values: { most: 10 } }).message).toBe('The query is longer than 10.');
});

it('makes a sentence of the server’s English, and leaves names as they are written', () => {
  const said = (message: string) => errorWords({ code: 'x.y', message }).message;
  expect(said('duration is not text')).toBe('duration is not text.');
  expect(said('The rows are right.')).toBe('The rows are right.');
  expect(said('a star alone matches everything')).toBe('A star alone matches everything.');
  expect(said('write \\\\{ for the brace: {')).toBe('write \\\\{ for the brace: {');
});

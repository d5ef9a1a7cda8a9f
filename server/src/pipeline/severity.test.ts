import { expect, it } from 'vitest';
import { severityOfPino, severityOfText, severityWord } from './severity.ts';
import { WORDS } from './vocabulary.ts';

it.each([
  ['TRACE', 1],
  ['trace4', 4],
  ['DEBUG', 5],
  ['I', 9],
  ['Info2', 10],
  ['warning:', 13],
  ['<error>', 17],
  ['E', 17],
  ['EMERG', 21],
  ['FATAL4', 24],
  ['', 0],
  ['infos', 0],
  ['info5', 0],
  ['error in line 3', 0],
  ['constructor', 0],
])('%j is %d', (text, number) => {
  expect(severityOfText(text)).toBe(number);
});

it.each([
  [10, 1],
  [20, 5],
  [30, 9],
  [35, 9],
  [40, 13],
  [50, 17],
  [60, 21],
  [9, 0],
  [100, 0],
  [Number.NaN, 0],
])('level %d of pino is %d', (level, number) => {
  expect(severityOfPino(level)).toBe(number);
});

it('names every number', () => {
  const names = Array.from({ length: 25 }, (_, number) => severityWord(number));
  const expected = [WORDS.unspecified];
  for (const word of [WORDS.trace, WORDS.debug, WORDS.info, WORDS.warn, WORDS.error, WORDS.fatal])
    expected.push(word, word, word, word);
  expect(names).toEqual(expected);
});

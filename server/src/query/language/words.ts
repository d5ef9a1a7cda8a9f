import { edgedWords, endsWithWord, escapeRegex, startsWithWord, WORD_END, WORD_START } from '@hanok/contract/query';
import { wordsExpression } from '#base';
import { bind, type Fragment, sql } from '#store';

const HOLE = '\u0001';
const WORDS = wordsExpression(HOLE).split(HOLE);

/** The text as the store's text index cuts it into words; on `body` the index answers. */
function wordsOf(text: Fragment): Fragment {
  return { texts: WORDS, values: Array.from({ length: WORDS.length - 1 }, () => text) };
}

/** One word and nothing else: the index says it all. */
export function isOneWord(needle: string): boolean {
  const words = edgedWords(needle);
  return words.length === 1 && words[0] === needle;
}

/** Does the text contain all of these, each of which `isOneWord`? */
export function compileAllWords(text: Fragment, words: readonly string[]): Fragment {
  return sql`hasAllTokens(${wordsOf(text)}, ${bind.strings(words)})`;
}

/** Does the text contain the needle, as `containsWords` says? The needle is in lower case. */
export function compileWords(text: Fragment, needle: string): Fragment {
  if (isOneWord(needle)) return compileAllWords(text, [needle]);
  const words = edgedWords(needle);
  const all = words.length > 0 ? compileAllWords(text, words) : undefined;
  const start = startsWithWord(needle);
  const end = endsWithWord(needle);
  const exact =
    start || end
      ? sql`match(lower(${text}), ${bind.string(`(?s)${start ? WORD_START : ''}${escapeRegex(needle)}${end ? WORD_END : ''}`)})`
      : sql`position(lower(${text}), ${bind.string(needle)}) > 0`;
  return all ? sql`(${all} AND ${exact})` : sql`(${exact})`;
}

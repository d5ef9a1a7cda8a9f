import { edgedWords, endsWithWord, escapeRegex, startsWithWord, WORD_END, WORD_START } from '@hanok/contract/query';
import { bind, type Fragment, sql, wordsOf } from '#store';

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

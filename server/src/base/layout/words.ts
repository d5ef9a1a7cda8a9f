import { APART_CLASS } from '@hanok/contract/query';

/**
 * The expression whose words the text index of `logs.body` holds and by which queries search: lower case (A to Z), with
 * Hangul, Kana, Han and typographic punctuation set apart from the letters beside them, so that `error` is a word of
 * `error가` (contract/src/query/words.ts). Index and query must say exactly the same, or the index is not used. A
 * preprocessor of the index would not do: where the index is not asked, the engine would compare differently.
 * Texts of ASCII alone skip the replacement; it then costs an insert nothing that could be measured.
 */
export function wordsExpression(column: string): string {
  const apart = APART_CLASS.replaceAll('\\', '\\\\');
  return `if(length(${column}) = lengthUTF8(${column}), lower(${column}), lower(replaceRegexpAll(${column}, '[${apart}]+', ' \\\\0 ')))`;
}

/**
 * What a word is. The text index of the store splits at every ASCII character that is no letter or digit. Scripts
 * written without spaces or with endings glued on (Hangul, Kana, Han) and typographic punctuation stand apart from
 * letters beside them, so that `error` finds `error가` and `“error”`, and `결제` finds `결제가`.
 */
export const APART: ReadonlyArray<readonly [number, number]> = [
  [0xa0, 0xbf],
  [0x1100, 0x11ff],
  [0x2000, 0x206f],
  [0x3000, 0x30ff],
  [0x3130, 0x318f],
  [0x3400, 0x9fff],
  [0xa960, 0xa97f],
  [0xac00, 0xd7ff],
  [0xf900, 0xfaff],
  [0xff00, 0xffef],
  [0x20000, 0x3ffff],
];

const hex = (code: number): string => `\\x{${code.toString(16).toUpperCase()}}`;

/** The ranges as the inside of a regular expression class. */
export const APART_CLASS = APART.map(([low, high]) => `${hex(low)}-${hex(high)}`).join('');

/** What may stand beside a whole word: anything but ASCII letters, digits and the rest of the letters of the world. */
const OUTSIDE = `\\x{0}-/:-@\\[-\`{-\\x{7F}${APART_CLASS}`;
export const WORD_START = `(?:^|[${OUTSIDE}])`;
export const WORD_END = `(?:$|[${OUTSIDE}])`;

const isApart = (code: number): boolean => {
  if (code < 0xa0) return false;
  for (const [low, high] of APART) if (code >= low && code <= high) return true;
  return false;
};

/** Is this code point part of a word that has edges? */
function isWordCode(code: number): boolean {
  if (code >= 0x80) return !isApart(code);
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** Lower case of A to Z only: what the store's `lower` does, so that both sides agree on every text. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The words with edges of a text, lower case, in order. */
export function edgedWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  for (const char of lowerAscii(text)) {
    if (isWordCode(char.codePointAt(0)!)) word += char;
    else if (word) {
      words.push(word);
      word = '';
    }
  }
  if (word) words.push(word);
  return words;
}

export function startsWithWord(text: string): boolean {
  return text !== '' && isWordCode(text.codePointAt(0)!);
}

export function endsWithWord(text: string): boolean {
  const last = lastCode(text, text.length);
  return last !== undefined && isWordCode(last);
}

function lastCode(text: string, end: number): number | undefined {
  if (end <= 0) return undefined;
  const unit = text.charCodeAt(end - 1);
  return unit >= 0xdc00 && unit <= 0xdfff && end >= 2 ? text.codePointAt(end - 2) : unit;
}

/**
 * Does `text` contain `needle`, whatever the case of A to Z, and where the needle begins or ends with a word, as a
 * whole word there? `needle` must be in lower case already.
 */
export function containsWords(text: string, needle: string): boolean {
  const haystack = lowerAscii(text);
  const edgedStart = startsWithWord(needle);
  const edgedEnd = endsWithWord(needle);
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    const before = edgedStart ? lastCode(haystack, at) : undefined;
    const after = edgedEnd ? haystack.codePointAt(at + needle.length) : undefined;
    if ((before === undefined || !isWordCode(before)) && (after === undefined || !isWordCode(after))) return true;
  }
  return false;
}

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;
export function escapeRegex(text: string): string {
  return text.replace(SPECIAL, '\\$&');
}

/**
 * The regular expression (for a lower-case text) of a needle with wildcards: whole words at the outer edges unless a
 * star is there; a star is anything but white space.
 */
export function wildcardRegex(pieces: readonly string[]): string {
  const lower = pieces.map(lowerAscii);
  const first = lower[0]!;
  const last = lower[lower.length - 1]!;
  return `${startsWithWord(first) ? WORD_START : ''}${lower.map(escapeRegex).join('\\S*')}${endsWithWord(last) ? WORD_END : ''}`;
}

/**
 * Text from telemetry is written by whoever sends it. Some characters are not seen but change what is: bidi controls turn
 * a line around, a backspace or a zero width space makes two names look the same. They are shown as escapes (`\u202e`);
 * what is searched for, compared and copied stays the text as it was sent.
 */

/** Code points from, to; tab and line ends are not among them. */
const NEVER_SEEN: ReadonlyArray<readonly [number, number]> = [
  // Control characters.
  [0x00, 0x08],
  [0x0b, 0x0c],
  [0x0e, 0x1f],
  [0x7f, 0x9f],
  // Soft hyphen, grapheme joiner, marks of direction, vowel separator.
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200e, 0x200f],
  // Space without width; separators of lines and paragraphs, embeddings and overrides; isolates and what is unseen beside.
  [0x200b, 0x200b],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
  // Fillers of Hangul.
  [0x115f, 0x1160],
  [0x3164, 0x3164],
  [0xffa0, 0xffa0],
  // Interlinear marks, tags and what is reserved beside them.
  [0xfff0, 0xfffb],
  [0xe0000, 0xe0fff],
];
const neverSeen = NEVER_SEEN.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join('');

/** Joiners are letters' and emoji's where scripts need them; behind these they are needed by nobody. */
const NEEDLESS_JOINER =
  '[\\u200c\\u200d](?<=[\\p{Script=Latin}\\p{Script=Hangul}\\p{Script=Han}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{N}\\p{P}].)';

const HIDDEN = new RegExp(`[${neverSeen}]|\\r(?!\\n)|${NEEDLESS_JOINER}|\\p{Surrogate}`, 'u');
const HIDDEN_ALL = new RegExp(HIDDEN, 'gu');
const IN_LINE = /[\t\n\r]/g;
/** Most texts: found to be so many times faster than the others. */
const PLAIN = /^[\t\n -~가-힣]*$/;

/** Matches each character that `visibleText` shows as an escape. */
export function hiddenPattern(): RegExp {
  return new RegExp(HIDDEN, 'gu');
}

/** Whether a text has characters that `visibleText` shows as escapes. */
export function hasHidden(text: string): boolean {
  return !PLAIN.test(text) && HIDDEN.test(text);
}

/** The text with what cannot be seen as escapes; tabs and line ends stay. Any JSON text stays JSON with the same values. */
export function visibleText(text: string): string {
  return hasHidden(text) ? text.replace(HIDDEN_ALL, escaped) : text;
}

/** The same for what stands in one line, such as a name: tabs and line ends are escapes too. */
export function visibleName(text: string): string {
  return visibleText(text).replace(IN_LINE, escaped);
}

/** A text cut into what is shown as it is and what is an escape. */
export interface Piece {
  readonly text: string;
  /** `U+202E`, for an escape. */
  readonly code?: string;
}

/** For a component that marks the escapes, so that they differ from a text that has `\u202e` written in it. */
export function piecesOf(text: string, oneLine: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(oneLine ? HIDDEN_OR_LINE : HIDDEN_ALL)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    const point = match[0].codePointAt(0)!;
    pieces.push({ text: escaped(match[0]), code: `U+${point.toString(16).toUpperCase().padStart(4, '0')}` });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

const HIDDEN_OR_LINE = new RegExp(`${HIDDEN.source}|${IN_LINE.source}`, 'gu');

const SHORT: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** As JSON writes it. */
function escaped(hidden: string): string {
  const short = SHORT[hidden];
  if (short !== undefined) return short;
  return hidden
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

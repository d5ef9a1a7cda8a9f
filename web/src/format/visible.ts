/**
 * Text from telemetry is written by whoever sends it. Some characters are not seen but change what is: bidi controls turn
 * a line around, a backspace or a zero width space makes two names look the same. They are shown as escapes (`\u202e`);
 * what is searched for, compared and copied stays the text as it was sent.
 */

/**
 * Control characters but for tab and line ends, marks and controls of direction, invisible spaces and joiners, fillers,
 * line and paragraph separators, interlinear marks and tags. Joiners stay where scripts and emoji need them.
 */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]|\r(?!\n)|(?<=[\p{Script=Latin}\p{Script=Hangul}\p{Script=Han}\p{Script=Cyrillic}\p{Script=Greek}\p{N}\p{P}])[\u200c\u200d]|\p{Surrogate}/u;
const HIDDEN_ALL = new RegExp(HIDDEN, 'gu');
const IN_LINE = /[\t\n\r]/g;

/** Whether a text has characters that `visibleText` shows as escapes. */
export function hasHidden(text: string): boolean {
  return HIDDEN.test(text);
}

/** The text with what cannot be seen as escapes; tabs and line ends stay. Any JSON text stays JSON with the same values. */
export function visibleText(text: string): string {
  return HIDDEN.test(text) ? text.replace(HIDDEN_ALL, escaped) : text;
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

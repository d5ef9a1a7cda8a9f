/**
 * The expression as the engine is given it. Before it asks RE2, the engine looks for a text that every match must have,
 * and takes the last byte of a letter for all of it: for `오류가?` it looks for `오류` and two of the three bytes of
 * `가`. In a group of its own a repeated letter is safe.
 */
export function engineExpression(source: string, caseless: boolean): string {
  return `(?s${caseless ? 'i' : ''})${source.replace(PARTS, (part, letter: string | undefined) => (letter ? `(?:${letter})` : part))}`;
}

/** Quoted texts, escapes and classes, which stay; and letters beyond ASCII that are repeated. */
const PARTS = /\\Q.*?(?:\\E|$)|\\.|\[(?:\\.|\[:\^?\w+:\]|[^\\\]])*\]|([^\0-\x7f])(?=[*?{])/gsu;

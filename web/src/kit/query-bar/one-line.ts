/** A query is one line; what is pasted from several keeps its words apart. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}

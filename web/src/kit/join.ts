/** Class names that are there, with spaces between. */
export function join(...names: ReadonlyArray<string | false | undefined | null>): string {
  return names.filter(Boolean).join(' ');
}

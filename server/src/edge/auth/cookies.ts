/** Values of the cookies of one name in a Cookie header, in the order in which they came; empty ones are none. */
export function cookiesNamed(name: string, header: string | undefined): string[] {
  if (header === undefined) return [];
  const values: string[] = [];
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at <= 0 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    if (value !== '') values.push(value);
  }
  return values;
}

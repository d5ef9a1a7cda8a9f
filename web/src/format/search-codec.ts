/**
 * Search parameters as people write them: plain strings, a repeated name for lists, no JSON and no quotes.
 * Screens turn strings into numbers and choices in their `validateSearch`.
 */
export function parseSearch(text: string): Record<string, string | string[]> {
  // A map first: parameters may be called `constructor` or `__proto__`.
  const found = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const known = found.get(name);
    if (known) known.push(value);
    else found.set(name, [value]);
  }
  return Object.fromEntries([...found].map(([name, values]) => [name, values.length > 1 ? values : (values[0] ?? '')]));
}

/** Leaves out what is undefined, false or empty; `true` is `1`. Readable signs (`:`, `,`, `/`, `@`) stay as they are. */
export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item === undefined || item === null || item === false || item === '') continue;
      params.append(name, item === true ? '1' : String(item));
    }
  const text = params.toString().replace(/%(3A|2C|2F|40|24)/g, (code) => decodeURIComponent(code));
  return text ? `?${text}` : '';
}

export function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function readList(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (item): item is string => typeof item === 'string' && item !== '',
  );
}

export function readChoice<T extends string>(value: unknown, choices: readonly T[]): T | undefined {
  return choices.find((choice) => choice === value);
}

/** `next` of the login page: a path of this site, never another origin. */
export function safePath(value: unknown): string | undefined {
  const text = readText(value);
  // `//host` and `/\host` are other origins to a browser.
  return text && /^\/(?![/\\])/.test(text) ? text : undefined;
}

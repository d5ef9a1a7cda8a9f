/**
 * Colours for canvases. A canvas cannot use `var(--x)`, so tokens are read from the root element and kept
 * until the theme changes; whoever draws subscribes with `onThemeChange` and draws again.
 */
export const SERIES_COLOURS = 40;

let known = new Map<string, string>();
const listeners = new Set<() => void>();

/** The current value of a custom property, for example `readToken('--line')`. */
export function readToken(name: `--${string}`): string {
  const kept = known.get(name);
  if (kept !== undefined) return kept;
  const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  known.set(name, value);
  return value;
}

/** The token of the n-th series; counts beyond the palette start again. */
export function seriesToken(index: number): `--series-${number}` {
  return `--series-${(index % SERIES_COLOURS) + 1}`;
}

/** The first twenty, which lie further apart, are wanted first. */
const WANTED_FIRST = 20;

/** The slot that a name wants, the same in every browser. FNV-1a. */
export function slotOfName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % WANTED_FIRST;
}

/** A stable token for a name; two names may have the same. Services have colours of their own: `tokenOfService`. */
export function tokenOfName(name: string): `--series-${number}` {
  return seriesToken(slotOfName(name));
}

export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Called by the theme switch after `data-theme` changed. */
export function themeChanged(): void {
  known = new Map();
  for (const listener of listeners) listener();
}

/** Names told for one that is not known. */
const MOST = 3;

/** From so many letters on the end of a name may stand for all of it. */
const LEAST_END = 4;

/** A name without its source and what people spell differently: case, dots, dashes, underscores. */
const plain = (name: string): string =>
  name
    .replace(/^(?:attributes?|resource|scope)\./, '')
    .toLowerCase()
    .replace(/[._\-\s]/g, '');

export interface SpelledName {
  readonly name: string;
  readonly plain: string;
}

export function spelled(names: Iterable<string>): SpelledName[] {
  return Array.from(names, (name) => ({ name, plain: plain(name) }));
}

/**
 * The names most like one that is not known: the same but for spelling, those that end in it (`route`: `http.route`), and
 * those a few letters away. The nearest first.
 */
export function nearest(name: string, names: readonly SpelledName[]): string[] {
  const wanted = plain(name);
  const most = Math.max(1, Math.min(3, Math.floor(wanted.length / 3)));
  const found: { readonly name: string; readonly far: number }[] = [];
  for (const { name: one, plain: known } of names) {
    const far = distance(wanted, known, most);
    if (far <= most) found.push({ name: one, far });
    else if (wanted.length >= LEAST_END && known.endsWith(wanted)) found.push({ name: one, far: 0.5 });
  }
  found.sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1));
  return found.slice(0, MOST).map((one) => one.name);
}

/** Letters to put in, take out or change; anything above `most` when there are more than that. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(changed, row[j]! + 1, next[j - 1]! + 1);
      least = Math.min(least, next[j]!);
    }
    if (least > most) return most + 1;
    row = next;
  }
  return row[b.length]!;
}

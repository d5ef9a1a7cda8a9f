/** Numbers with units. Durations are nanoseconds, sizes bytes. */
const DURATIONS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
  d: 86_400e9,
  w: 604_800e9,
};
const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** As the engine reads a number: no blanks, no hex, no infinities. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number a text is, finite; undefined when it is none. */
export function parseNumber(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** `500ms`, `1.5s`, `1m30s`, or a bare number of nanoseconds. */
export function parseDuration(text: string): number | undefined {
  const plain = parseNumber(text);
  if (plain !== undefined) return plain;
  const match = /^([+-]?)((?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h|d|w))+)$/.exec(text);
  if (!match) return undefined;
  let total = 0;
  for (const [, amount, unit] of match[2]!.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d|w)/g))
    total += Number(amount) * DURATIONS[unit!]!;
  return match[1] === '-' ? -total : total;
}

/** `10KiB`, `1.5GB`; units in any case. Undefined without a unit. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmgt]i?b|b)$/i.exec(text);
  return match ? Number(match[1]) * SIZES[match[2]!.toLowerCase()]! : undefined;
}

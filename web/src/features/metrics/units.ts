import { formatDuration } from '../../format/durations.ts';
import { formatBytes, formatCount, formatShare, significant } from '../../format/numbers.ts';

/** How values of a unit are written. */
export interface UnitFormat {
  readonly format: (value: number) => string;
  /** Bytes: axes step by powers of two. */
  readonly binary: boolean;
}

/** Bytes per unit (UCUM names, and what instruments send instead of them). */
const BYTES: Readonly<Record<string, number>> = {
  By: 1,
  B: 1,
  bytes: 1,
  kBy: 1e3,
  KiBy: 2 ** 10,
  kilobytes: 1e3,
  MBy: 1e6,
  MiBy: 2 ** 20,
  megabytes: 1e6,
  GBy: 1e9,
  GiBy: 2 ** 30,
};

/** Nanoseconds per unit. */
const DURATIONS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  milliseconds: 1e6,
  s: 1e9,
  seconds: 1e9,
  min: 60e9,
  h: 3_600e9,
  d: 86_400e9,
};

const SIGNS: Readonly<Record<string, string>> = { Cel: '°C', '[degF]': '°F', Ohm: 'Ω' };

/** Metrics whose unit is `1` and whose values are shares of a whole (semantic conventions: `*.utilization`). */
const SHARE = /(?:utili[sz]ation|ratio)$/;

/**
 * How values of a metric are written: `By`, `s` and `ms` in the size that fits, `{request}` as a plain count (the
 * braces only annotate), `%` and shares as per cent; anything else keeps its unit behind the number.
 */
export function unitFormat(unit: string, metric = ''): UnitFormat {
  const perSecond = unit.endsWith('/s');
  const base = perSecond ? unit.slice(0, -2) : unit;
  const per = perSecond ? '/s' : '';
  const of = (write: (value: number) => string, binary = false): UnitFormat => ({
    binary,
    format: (value) => (Number.isFinite(value) ? `${write(value)}${per}` : '–'),
  });
  const bytes = BYTES[base];
  if (bytes !== undefined) return of((value) => formatBytes(value * bytes), true);
  const nanos = DURATIONS[base];
  if (nanos !== undefined) return of((value) => formatDuration(value * nanos));
  if (base === '%') return of((value) => `${significant(value)}%`);
  if (base === '1' && !perSecond && SHARE.test(metric)) return of(formatShare);
  // An annotation or nothing at all: a count of things.
  if (base === '' || base === '1' || /^\{[^}]*\}$/.test(base)) return of(formatCount);
  const sign = SIGNS[base] ?? base;
  return of((value) => `${formatCount(value)} ${sign}`);
}

/** The unit as read by people: `{request}/s` is `request/s`, `1` is none, `By` stays as it was sent. */
export function unitName(unit: string): string {
  if (unit === '1') return '';
  return unit.replace(/^\{([^}]*)\}/, '$1');
}

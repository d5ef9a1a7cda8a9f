import { currentLocale } from '../i18n/index.ts';

const formats = new Map<string, Intl.NumberFormat>();

function format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const locale = currentLocale();
  const key = `${locale}${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.NumberFormat(locale, options);
    formats.set(key, found);
  }
  return found;
}

/** Every digit with separators: `1,234,567`. For counts a person may want to compare exactly. */
export function formatExact(value: number): string {
  return format({ maximumFractionDigits: 0 }).format(value);
}

const STEPS = [
  { at: 1e12, unit: 'T' },
  { at: 1e9, unit: 'G' },
  { at: 1e6, unit: 'M' },
  { at: 1e3, unit: 'k' },
];

/** Three significant digits with k, M, G, T in both languages, because columns must line up: `12.4k`. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  // 999.5 and above would round up to `1000`.
  const step = STEPS.find((candidate) => size >= candidate.at * 0.9995);
  if (!step) return significant(value);
  return `${significant(value / step.at)}${step.unit}`;
}

/** Three significant digits; small values keep as many decimals as they need, tiny ones go to exponents. */
export function significant(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-4) return value.toExponential(1);
  if (size >= 1_000) return format({ maximumFractionDigits: 0 }).format(value);
  return format({ maximumSignificantDigits: 3, useGrouping: false }).format(value);
}

export type RateUnit = 's' | 'min';

/** One unit for rates that are read side by side. As soon as one of them is below 0.1/s, the minute is the readable one. */
export function rateUnitOf(perSecond: readonly number[]): RateUnit {
  return perSecond.some((rate) => rate > 0 && rate < 0.1) ? 'min' : 's';
}

/** Events per second, in the unit of its column; one that stands alone is in its own. */
export function formatRate(perSecond: number, unit: RateUnit = rateUnitOf([perSecond])): string {
  if (perSecond === 0) return `0/${unit}`;
  return `${formatCount(unit === 'min' ? perSecond * 60 : perSecond)}/${unit}`;
}

/** A share from 0 to 1 as per cent. `<0.01%` keeps "a few" apart from "none". */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const percent = share * 100;
  if (percent === 0) return '0%';
  if (percent < 0.01) return '<0.01%';
  if (percent < 10) return `${format({ maximumFractionDigits: 2 }).format(percent)}%`;
  return `${format({ maximumFractionDigits: 1 }).format(percent)}%`;
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Powers of 1,024, named so. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1_023.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${unit === 0 ? significant(value) : format({ maximumSignificantDigits: 3, useGrouping: false }).format(value)} ${BYTE_UNITS[unit]}`;
}

import { formatCount, significant } from '../../format/numbers.ts';

/** One unit for everything that a chart writes: axis, tooltip, legend and table agree. */
export interface Scale {
  /** The unit by name, as a title says it; empty for bare numbers. */
  readonly unit: string;
  /** A value with its unit. */
  readonly format: (value: number) => string;
  /** Labels for an axis' ticks: evenly spaced values, no two labels alike. */
  readonly ticks: (values: readonly number[]) => string[];
  /** Distances that ticks may have, in the values' own unit, ascending. */
  readonly steps: readonly number[];
}

/** Picks the unit that suits the largest absolute value of a chart. */
export type Measure = (largest: number) => Scale;

interface Unit {
  readonly name: string;
  /** How many of the smallest unit one of it is. */
  readonly size: number;
  /** Largest value, in the smallest unit, that is written in it. */
  readonly upTo: number;
}

const DECIMAL_STEPS = Array.from({ length: 31 }, (_, i) => i - 15).flatMap((power) =>
  [1, 2, 2.5, 5].map((lead) => lead * 10 ** power),
);
const BINARY_STEPS = Array.from({ length: 80 }, (_, i) => 2 ** (i - 20));
/** Minutes, hours and days are read in these. */
const CLOCK_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1_440];

const MINUTE = 60e9;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DURATIONS: readonly Unit[] = [
  { name: 'ns', size: 1, upTo: 1e3 },
  { name: 'µs', size: 1e3, upTo: 1e6 },
  { name: 'ms', size: 1e6, upTo: 1e9 },
  { name: 's', size: 1e9, upTo: 2 * MINUTE },
  { name: 'min', size: MINUTE, upTo: 2 * HOUR },
  { name: 'h', size: HOUR, upTo: 2 * DAY },
  { name: 'd', size: DAY, upTo: Number.POSITIVE_INFINITY },
];
const BYTES: readonly Unit[] = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].map((name, power, all) => ({
  name,
  size: 1024 ** power,
  upTo: power === all.length - 1 ? Number.POSITIVE_INFINITY : 1024 ** (power + 1),
}));

function scaled(
  units: readonly Unit[],
  largest: number,
  perUnit: number,
  per: string,
  steps: readonly number[],
): Scale {
  const size = Math.abs(largest) * perUnit;
  // Nothing but zeros: any unit would do, and the values' own is no surprise.
  const unit =
    size === 0
      ? (units.findLast((one) => one.size <= perUnit) ?? units[0]!)
      : (units.find((one) => size < one.upTo) ?? units.at(-1)!);
  const name = `${unit.name}${per}`;
  const one = unit.size / perUnit;
  return {
    unit: name,
    format: (value) => (Number.isFinite(value) ? `${significant(value / one)} ${name}` : '–'),
    ticks: (values) => tickNumbers(values.map((value) => value / one)).map((text) => `${text} ${name}`),
    steps: (unit.size >= MINUTE && units === DURATIONS ? CLOCK_STEPS : steps).map((step) => step * one),
  };
}

/** `nanos`: nanoseconds that a value of one stands for. */
export const durationMeasure =
  (nanos = 1, per = ''): Measure =>
  (largest) =>
    scaled(DURATIONS, largest, nanos, per, DECIMAL_STEPS);

/** `bytes`: how many a value of one stands for. */
export const bytesMeasure =
  (bytes = 1, per = ''): Measure =>
  (largest) =>
    scaled(BYTES, largest, bytes, per, BINARY_STEPS);

/** Shares as per cent; `whole` is what a hundred per cent are. */
export const shareMeasure =
  (whole = 1, per = ''): Measure =>
  () => ({
    unit: `%${per}`,
    format: (value) => (Number.isFinite(value) ? `${significant((value / whole) * 100)}%${per}` : '–'),
    ticks: (values) => tickNumbers(values.map((value) => (value / whole) * 100)).map((text) => `${text}%${per}`),
    steps: DECIMAL_STEPS.map((step) => (step * whole) / 100),
  });

const MAGNITUDES = [
  { at: 1e12, sign: 'T' },
  { at: 1e9, sign: 'G' },
  { at: 1e6, sign: 'M' },
  // Four digits are still read at a glance.
  { at: 1e4, sign: 'k', size: 1e3 },
];
/** Longer names would push the axis over the chart: its title has them. */
const LONGEST_ON_AXIS = 3;

/**
 * Numbers of things: whole axes in thousands or millions. `sign` follows every number (`/s`, ` °C`), `unit` is its name.
 */
export const countMeasure =
  (sign = '', unit = ''): Measure =>
  (largest) => {
    const magnitude = MAGNITUDES.find(({ at }) => Math.abs(largest) >= at);
    const size = magnitude ? (magnitude.size ?? magnitude.at) : 1;
    const behind = `${magnitude?.sign ?? ''}${sign.trim().length > LONGEST_ON_AXIS ? '' : sign}`;
    return {
      unit,
      format: (value) => (Number.isFinite(value) ? `${formatCount(value)}${sign}` : '–'),
      ticks: (values) => tickNumbers(values.map((value) => value / size)).map((text) => `${text}${behind}`),
      steps: DECIMAL_STEPS,
    };
  };

/** For charts that only know how to write one value: a label that repeats the one before is left out. */
export function plainScale(format: (value: number) => string): Scale {
  return {
    unit: '',
    format,
    ticks: (values) => {
      const texts = values.map(format);
      return texts.map((text, i) => (texts.indexOf(text) === i ? text : ''));
    },
    steps: DECIMAL_STEPS,
  };
}

/** Decimals beyond which doubles of a chart's size are noise. */
const MOST_DECIMALS = 12;

/** As many decimals as the distance of the ticks has, the same for all, so that no two read alike. */
function tickNumbers(values: readonly number[]): string[] {
  const gaps = values.slice(1).map((value, i) => Math.abs(value - values[i]!));
  const gap = Math.min(...gaps.filter((one) => one > 0));
  let decimals = 0;
  if (Number.isFinite(gap))
    while (decimals < MOST_DECIMALS && Math.abs(Number(gap.toFixed(decimals)) - gap) > gap * 1e-6) decimals++;
  // No grouping: the axis is narrow, and numbers of more than four digits have a magnitude.
  return values.map((value) => (value === 0 ? '0' : value.toFixed(decimals)));
}

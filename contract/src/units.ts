/**
 * Units that measure the same thing, by the names of UCUM (which OpenTelemetry prescribes) and what instruments send
 * instead of them. `size` is how many of the smallest unit of the dimension one of it is.
 */
export type Dimension = 'time' | 'bytes' | 'share';

interface UnitSize {
  readonly dimension: Dimension;
  readonly size: number;
}

const time = (size: number): UnitSize => ({ dimension: 'time', size });
const bytes = (size: number): UnitSize => ({ dimension: 'bytes', size });
/** Per cent: `1` is a hundred of them. */
const share = (size: number): UnitSize => ({ dimension: 'share', size });

const UNITS: ReadonlyMap<string, UnitSize> = new Map([
  ['ns', time(1)],
  ['nanoseconds', time(1)],
  ['us', time(1e3)],
  ['µs', time(1e3)],
  ['microseconds', time(1e3)],
  ['ms', time(1e6)],
  ['milliseconds', time(1e6)],
  ['s', time(1e9)],
  ['seconds', time(1e9)],
  ['min', time(60e9)],
  ['h', time(3_600e9)],
  ['d', time(86_400e9)],
  ['By', bytes(1)],
  ['B', bytes(1)],
  ['bytes', bytes(1)],
  ['kBy', bytes(1e3)],
  ['kilobytes', bytes(1e3)],
  ['KiBy', bytes(2 ** 10)],
  ['MBy', bytes(1e6)],
  ['megabytes', bytes(1e6)],
  ['MiBy', bytes(2 ** 20)],
  ['GBy', bytes(1e9)],
  ['GiBy', bytes(2 ** 30)],
  ['%', share(1)],
  ['1', share(100)],
]);

export function sizeOfUnit(unit: string): UnitSize | undefined {
  return UNITS.get(unit);
}

/** What units that can be converted into each other have in common; a unit of its own where there is no other. */
export function dimensionOf(unit: string): string {
  return UNITS.get(unit)?.dimension ?? `unit ${unit}`;
}

/** What a value in `from` is multiplied with to be one in `to`; undefined when they measure different things. */
export function unitFactor(from: string, to: string): number | undefined {
  if (from === to) return 1;
  const [a, b] = [UNITS.get(from), UNITS.get(to)];
  return a && b && a.dimension === b.dimension ? a.size / b.size : undefined;
}

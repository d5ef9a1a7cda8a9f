/**
 * Times on the wire. Nanosecond instants are decimal strings (a JSON number cannot hold them exactly).
 * Inside the programs they are `bigint` nanoseconds since the Unix epoch.
 */

export type Nanos = bigint;

export const NANOS_PER_MILLI = 1_000_000n;
export const NANOS_PER_SECOND = 1_000_000_000n;

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/**
 * Reads an instant: `now`, `now-15m`, ISO 8601 with an offset or `Z`, or digits counted by their length
 * (up to 11 digits seconds, 14 milliseconds, 17 microseconds, longer nanoseconds).
 * Returns `undefined` when the text is none of these; the caller names the field in its error.
 */
export function parseInstant(text: string | number, now: Nanos): Nanos | undefined {
  const trimmed = String(text).trim();
  if (/^\d{1,20}$/.test(trimmed)) {
    const value = BigInt(trimmed);
    if (trimmed.length <= 11) return value * NANOS_PER_SECOND;
    if (trimmed.length <= 14) return value * NANOS_PER_MILLI;
    if (trimmed.length <= 17) return value * 1_000n;
    return value;
  }
  const relative = /^now(?:\s*([+-])\s*(\d{1,9})\s*([smhdw]))?$/.exec(trimmed);
  if (relative) {
    const [, sign, amount, unit] = relative;
    if (!sign) return now;
    const span = BigInt(amount!) * BigInt(UNIT_SECONDS[unit!]!) * NANOS_PER_SECOND;
    return sign === '-' ? now - span : now + span;
  }
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    trimmed,
  );
  if (!iso) return undefined;
  const [, day, clock = '00:00:00', fraction = '', zone = 'Z'] = iso;
  const millis = Date.parse(`${day}T${clock.length === 5 ? `${clock}:00` : clock}${zone}`);
  if (Number.isNaN(millis)) return undefined;
  return BigInt(millis) * NANOS_PER_MILLI + BigInt(fraction.padEnd(9, '0') || '0');
}

/** Milliseconds for `Date` and charts; drops what is below a millisecond. */
export function nanosToMillis(nanos: Nanos | string): number {
  return Number(BigInt(nanos) / NANOS_PER_MILLI);
}

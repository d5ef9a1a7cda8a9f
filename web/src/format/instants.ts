import { nanosToMillis } from '@hanok/contract/time';
import { currentLocale } from '../i18n/index.ts';
import { usePreferences } from '../preferences/preferences.ts';

/** The zone in which this reader sees times; an IANA name. */
export function viewerZone(): string {
  return usePreferences.getState().zone === 'UTC' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `UTC+9`, for the label beside every time range. */
export function zoneLabel(at = Date.now(), zone = viewerZone()): string {
  if (zone === 'UTC') return 'UTC';
  const part = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'shortOffset' })
    .formatToParts(at)
    .find((candidate) => candidate.type === 'timeZoneName');
  return (part?.value ?? zone).replace('GMT', 'UTC');
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = currentLocale();
  const timeZone = viewerZone();
  const key = `${locale}|${timeZone}|${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { timeZone, hourCycle: 'h23', ...options });
    formats.set(key, found);
  }
  return found;
}

const toMillis = (instant: string | number): number => (typeof instant === 'number' ? instant : nanosToMillis(instant));

/** Takes nanoseconds as decimal string or Unix milliseconds as number, as do all below. `Nov 21, 14:02:07`. */
export function formatInstant(instant: string | number): string {
  return format({
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(toMillis(instant));
}

/** With year and milliseconds, for tooltips and details. */
export function formatInstantFull(instant: string | number): string {
  return format({
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).format(toMillis(instant));
}

/** `14:02`, or `14:02:07` with seconds. */
export function formatClock(instant: string | number, seconds = false): string {
  return format({ hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}) }).format(
    toMillis(instant),
  );
}

/** `14:02:07.123`, for lines of one request. */
export function formatClockMillis(instant: string | number): string {
  return format({ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 }).format(
    toMillis(instant),
  );
}

export function formatDay(instant: string | number): string {
  return format({ month: 'short', day: 'numeric' }).format(toMillis(instant));
}

const AGO: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** When something was last seen. Clocks of senders run ahead and roll-ups round up; that is still `now`. */
export function formatLastSeen(instant: string, now: number): string {
  return formatAgo(Math.min(toMillis(instant), now), now);
}

/** `3 minutes ago`, in the reader's language. */
export function formatAgo(instant: string | number, now: number): string {
  const distance = toMillis(instant) - now;
  const relative = new Intl.RelativeTimeFormat(currentLocale(), { numeric: 'auto', style: 'short' });
  for (const [unit, size] of AGO)
    if (Math.abs(distance) >= size) return relative.format(Math.round(distance / size), unit);
  return relative.format(0, 'second');
}

/** How long ago, without the `ago`: `5 min`, `2 hr`. */
export function formatSince(instant: string | number, now: number): string {
  const passed = Math.max(0, now - toMillis(instant));
  const [unit, size] = AGO.find((one) => passed >= one[1]) ?? (['second', 1_000] as const);
  return new Intl.NumberFormat(currentLocale(), { style: 'unit', unit, unitDisplay: 'short' }).format(
    Math.round(passed / size),
  );
}

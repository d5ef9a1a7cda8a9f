/** Where a time axis has its labels: round steps of the viewer's own clock. */
const STEPS_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  1_209_600, 2_592_000,
];

export interface Tick {
  /** Unix milliseconds. */
  readonly at: number;
  readonly label: string;
}

export function timeTicks(fromMs: number, toMs: number, most: number, locale: string, timeZone?: string): Tick[] {
  const span = (toMs - fromMs) / 1_000;
  if (!(span > 0) || most < 1) return [];
  const step = (STEPS_SECONDS.find((seconds) => span / seconds <= most) ?? span / most) * 1_000;
  const zone = timeZone === undefined ? {} : { timeZone };
  const offset = zoneOffset(fromMs, timeZone);
  const days = step >= 86_400_000;
  const format = new Intl.DateTimeFormat(locale, {
    ...zone,
    ...(days
      ? { month: 'numeric', day: 'numeric' }
      : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(step < 60_000 ? { second: '2-digit' } : {}) }),
  });
  const day = new Intl.DateTimeFormat(locale, { ...zone, month: 'numeric', day: 'numeric' });
  const ticks: Tick[] = [];
  for (let at = Math.ceil((fromMs + offset) / step) * step - offset; at < toMs; at += step) {
    const midnight = (at + offset) % 86_400_000 === 0;
    ticks.push({ at, label: midnight && !days ? day.format(at) : format.format(at) });
  }
  return ticks;
}

/** Milliseconds the zone is ahead of UTC at that moment. */
function zoneOffset(at: number, timeZone?: string): number {
  if (timeZone === 'UTC') return 0;
  if (timeZone === undefined) return -new Date(at).getTimezoneOffset() * 60_000;
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
      .formatToParts(at)
      .map((part) => [part.type, Number(part.value)]),
  );
  const local = Date.UTC(
    parts['year']!,
    parts['month']! - 1,
    parts['day'],
    parts['hour'],
    parts['minute'],
    new Date(at).getUTCSeconds(),
  );
  return Math.round((local - at) / 60_000) * 60_000;
}

/** Round upper end for a count axis: 1, 2 or 5 times a power of ten. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

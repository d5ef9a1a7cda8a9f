import { formatClock, formatDay, viewerZone } from '../format/instants.ts';
import { t } from '../i18n/index.ts';
import { resolveRange, type TimeRange } from './range.ts';
import { startOfDay } from './zone.ts';

const UNITS = {
  s: 'time.last.seconds',
  m: 'time.last.minutes',
  h: 'time.last.hours',
  d: 'time.last.days',
  w: 'time.last.weeks',
} as const;

/** The range in words: `Last 45 minutes`, `Nov 21, 14:00 – 16:00`. */
export function describeRange(range: TimeRange, nowMs: number): string {
  const last = /^now-(\d+)([smhdw])$/.exec(range.from);
  if (last && range.to === 'now') return t(UNITS[last[2] as keyof typeof UNITS], { count: Number(last[1]) });
  const resolved = resolveRange(range, nowMs);
  if (!resolved) return `${range.from} – ${range.to}`;
  const { fromMs, toMs } = resolved;
  const zone = viewerZone();
  const seconds = toMs - fromMs < 600_000;
  const openEnd = range.to === 'now';
  const sameDay = startOfDay(fromMs, zone) === startOfDay(toMs - 1, zone);
  const end = openEnd ? t('time.now') : `${sameDay ? '' : `${formatDay(toMs)} `}${formatClock(toMs, seconds)}`;
  return `${formatDay(fromMs)} ${formatClock(fromMs, seconds)} – ${end}`;
}

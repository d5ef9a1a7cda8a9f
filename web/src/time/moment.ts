import type { GrammarContext } from './grammar.ts';
import { epochOf, startOfDay, wallOf } from './zone.ts';

/** Half of a range as typed: a day, a time of day, or both. */
export interface Moment {
  /** Midnight that begins the day, epoch milliseconds. */
  readonly dayMs: number | undefined;
  readonly clock: Clock | undefined;
}

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** `오후`, `pm` and the like were typed, so the hour is not to be guessed. */
  readonly half: Half | undefined;
}

type Half = 'am' | 'pm' | 'night' | 'dawn';

const DAY_WORDS: Readonly<Record<string, number>> = {
  오늘: 0,
  today: 0,
  어제: -1,
  yesterday: -1,
  그제: -2,
  그저께: -2,
  엊그제: -2,
};

const HALF_WORDS: Readonly<Record<string, Half>> = {
  오전: 'am',
  아침: 'am',
  새벽: 'dawn',
  오후: 'pm',
  낮: 'pm',
  저녁: 'pm',
  밤: 'night',
  am: 'am',
  pm: 'pm',
};

const NOON: Readonly<Record<string, number>> = { 정오: 12, noon: 12, 자정: 0, midnight: 0 };

/** Reads one side of a range; `inherit` is the other side, whose `오후` also holds here. */
export function readMoment(text: string, context: GrammarContext, inherit?: Moment): Moment | undefined {
  const day = takeDay(text.trim(), context);
  if (!day) return undefined;
  const rest = day.rest.replace(/^[T,]?\s*/, '').replace(/\s*(에|쯤|경)$/, '');
  if (rest === '') return day.dayMs === undefined ? undefined : { dayMs: day.dayMs, clock: undefined };
  const clock = readClock(rest, inherit?.clock?.half);
  return clock && { dayMs: day.dayMs, clock };
}

function takeDay(
  text: string,
  { nowMs, zone }: GrammarContext,
): { readonly dayMs: number | undefined; readonly rest: string } | undefined {
  const word = /^(오늘|어제|그저께|그제|엊그제|today|yesterday)(?=\s|$|\d|밤|낮|새벽|아침|저녁|오)/i.exec(text);
  if (word) {
    const days = DAY_WORDS[(word[1] ?? '').toLowerCase()] ?? 0;
    return { dayMs: startOfDay(nowMs, zone, days), rest: text.slice(word[0].length).trim() };
  }
  const full =
    /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?=$|[T\s])/.exec(text) ?? /^(\d{4})년\s*(\d{1,2})월\s*(\d{1,2})일/.exec(text);
  if (full) return dated(Number(full[1]), Number(full[2]), Number(full[3]), zone, text.slice(full[0].length));
  const short = /^(\d{1,2})[-/](\d{1,2})(?=$|\s)/.exec(text) ?? /^(\d{1,2})월\s*(\d{1,2})일/.exec(text);
  if (short) {
    const today = wallOf(nowMs, zone);
    const month = Number(short[1]);
    const day = Number(short[2]);
    // A date without a year is the latest such day that is not in the future.
    const year = month > today.month || (month === today.month && day > today.day) ? today.year - 1 : today.year;
    return dated(year, month, day, zone, text.slice(short[0].length));
  }
  return { dayMs: undefined, rest: text };
}

function dated(year: number, month: number, day: number, zone: string, rest: string) {
  const real = new Date(Date.UTC(year, month - 1, day));
  if (real.getUTCMonth() !== month - 1 || real.getUTCDate() !== day) return undefined;
  return { dayMs: epochOf({ year, month, day, hour: 0, minute: 0, second: 0 }, zone), rest };
}

function readClock(text: string, inherited: Half | undefined): Clock | undefined {
  const noon = NOON[text.toLowerCase()];
  if (noon !== undefined) return { hour: noon, minute: 0, second: 0, half: 'am' };
  const before = /^(오전|오후|아침|새벽|낮|저녁|밤)\s*/.exec(text);
  const after = before ? undefined : /\s*(am|pm)$/i.exec(text);
  const bare = before ? text.slice(before[0].length) : after ? text.slice(0, after.index) : text;
  const typed = HALF_WORDS[(before?.[1] ?? after?.[1] ?? '').toLowerCase()];
  const parts =
    /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/.exec(bare) ??
    /^(\d{1,2})시(?:\s*(\d{1,2}|반)분?)?(?:\s*(\d{1,2})초)?$/.exec(bare) ??
    (typed ? /^(\d{1,2})$/.exec(bare) : null);
  if (!parts) return undefined;
  const hour = Number(parts[1]);
  const minute = parts[2] === '반' ? 30 : Number(parts[2] ?? 0);
  const second = Number(parts[3] ?? 0);
  if (hour > 24 || minute > 59 || second > 59 || (hour === 24 && minute + second > 0)) return undefined;
  const half = typed ?? (hour <= 12 ? inherited : undefined);
  if (half && hour > 12 && typed) return half === 'am' || half === 'dawn' ? undefined : { hour, minute, second, half };
  return { hour: half ? to24(hour, half) : hour, minute, second, half };
}

function to24(hour: number, half: Half): number {
  if (hour > 12) return hour;
  if (half === 'am' || half === 'dawn') return hour % 12;
  // `밤 11시` is 23:00, `밤 12시` midnight at the end of the day, `밤 2시` after that midnight.
  if (half === 'night') return hour === 12 ? 24 : hour < 6 ? 24 + hour : hour + 12;
  return (hour % 12) + 12;
}

/** Both sides on one time line. A second side without a day is on the first one's, or past its midnight. */
export function joinMoments(
  from: Moment,
  to: Moment | undefined,
  { nowMs, zone }: GrammarContext,
): { readonly fromMs: number; readonly toMs: number } | undefined {
  const today = startOfDay(nowMs, zone);
  const fromDay = from.dayMs ?? today;
  const fromMs = at(fromDay, from.clock, zone);
  if (!to) {
    return { fromMs, toMs: from.clock ? fromMs : startOfDay(fromDay, zone, 1) };
  }
  const toDay = to.dayMs ?? fromDay;
  let toMs = to.clock ? at(toDay, to.clock, zone) : startOfDay(toDay, zone, 1);
  if (toMs <= fromMs && to.dayMs === undefined) toMs = at(startOfDay(fromDay, zone, 1), to.clock, zone);
  return toMs > fromMs ? { fromMs, toMs } : undefined;
}

function at(dayMs: number, clock: Clock | undefined, zone: string): number {
  if (!clock) return dayMs;
  return epochOf({ ...wallOf(dayMs, zone), hour: clock.hour, minute: clock.minute, second: clock.second }, zone);
}

import { parseInstant } from '@hanok/contract/time';
import { joinMoments, readMoment } from './moment.ts';
import { absoluteRange, resolveRange, type TimeRange } from './range.ts';

export interface GrammarContext {
  readonly nowMs: number;
  /** IANA name: the zone in which clock times are meant. */
  readonly zone: string;
}

const UNIT_OF: Readonly<Record<string, string>> = {
  s: 's',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  초: 's',
  m: 'm',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  분: 'm',
  h: 'h',
  hr: 'h',
  hrs: 'h',
  hour: 'h',
  hours: 'h',
  시간: 'h',
  d: 'd',
  day: 'd',
  days: 'd',
  일: 'd',
  w: 'w',
  week: 'w',
  weeks: 'w',
  주: 'w',
  주일: 'w',
};
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

const SPAN_PART = /(\d+(?:\.\d+)?)\s*([a-z]+|초|분|시간|일|주일|주)\s*/gy;

/** `45m`, `1h30m`, `3시간 20분` in seconds; `undefined` when anything else is in the text. */
export function readSpan(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === '') return undefined;
  let seconds = 0;
  let end = 0;
  for (const match of trimmed.matchAll(SPAN_PART)) {
    const unit = UNIT_OF[match[2] ?? ''];
    if (!unit) return undefined;
    seconds += Number(match[1]) * (SECONDS[unit] ?? 0);
    end = match.index + match[0].length;
  }
  return end === trimmed.length && seconds > 0 ? seconds : undefined;
}

/** The span in its largest whole unit, as a relative range. */
function lastSeconds(seconds: number): TimeRange {
  const unit = ['w', 'd', 'h', 'm'].find((candidate) => seconds % (SECONDS[candidate] ?? 1) === 0) ?? 's';
  return { from: `now-${Math.round(seconds / (SECONDS[unit] ?? 1))}${unit}`, to: 'now' };
}

/** Around a lone instant; wide enough to see what led to it. */
const AROUND_SECONDS = 300;

/**
 * Reads what a person typed or pasted into the time picker, in English or Korean. `undefined` when it cannot be
 * read; never a guess at half of the text, except that a pasted log line counts as the first timestamp in it.
 */
export function readRange(input: string, context: GrammarContext): TimeRange | undefined {
  const text = input.trim().replace(/\s+/g, ' ');
  if (text === '') return undefined;
  return (
    spanRange(text) ??
    aroundRange(text, context) ??
    instantPair(text, context) ??
    clockRange(text, context) ??
    timestampInside(text, context)
  );
}

function spanRange(text: string): TimeRange | undefined {
  const bare = text
    .toLowerCase()
    .replace(/^(last|past|지난|최근|직전)\s*/, '')
    .replace(/\s*(ago|전부터|동안|(?<=[일주분])간)$/, '');
  const seconds = readSpan(bare);
  return seconds === undefined ? undefined : lastSeconds(seconds);
}

function aroundRange(text: string, context: GrammarContext): TimeRange | undefined {
  const match = /^(.+?)\s*(?:±|\+-|\+\/-)\s*(.+)$/.exec(text);
  if (!match) return undefined;
  const at = readMiddle(match[1] ?? '', context);
  const seconds = readSpan(match[2] ?? '');
  if (at === undefined || seconds === undefined) return undefined;
  return absoluteRange(at - seconds * 1_000, at + seconds * 1_000);
}

function readMiddle(text: string, context: GrammarContext): number | undefined {
  const plain = plainInstant(text, context);
  if (plain !== undefined) return plain;
  const moment = readMoment(text, context);
  return moment?.clock === undefined ? undefined : joinMoments(moment, undefined, context)?.fromMs;
}

/** Epoch digits, `now…`, or ISO with a zone. Local ISO is left to the clock grammar, which knows the zone. */
function plainInstant(text: string, context: GrammarContext): number | undefined {
  const trimmed = text.trim();
  const zoned = /^\d{4}-\d{2}-\d{2}[T ].*(?:Z|[+-]\d{2}:?\d{2})$/.test(trimmed);
  if (!zoned && !/^(?:\d{9,20}|now(?:\s*[+-].*)?)$/.test(trimmed)) return undefined;
  const nanos = parseInstant(trimmed, BigInt(Math.round(context.nowMs)) * 1_000_000n);
  return nanos === undefined ? undefined : Number(nanos / 1_000_000n);
}

const SEPARATOR = /\s*(?:~|〜|–|—|\.\.+|→|부터|에서)\s*|\s+(?:-|to|and|until)\s+/;

function splitPair(text: string): readonly [string, string] | undefined {
  const parts = text.replace(/\s*까지$/, '').split(SEPARATOR);
  if (parts.length === 2) return [parts[0] ?? '', parts[1] ?? ''];
  // `14:00-16:00` and `14시-16시`: a bare hyphen between two clock times, not inside a date.
  const clocks = /^(.*?\d(?::\d{2}|시|\s?[ap]m|\d{2}))-(\d{1,2}(?::\d{2}|시|\s?[ap]m).*)$/i.exec(text);
  if (clocks) return [clocks[1] ?? '', clocks[2] ?? ''];
  const digits = /^(\d{9,20})[\s,;-]+(\d{9,20})$/.exec(text);
  return digits ? [digits[1] ?? '', digits[2] ?? ''] : undefined;
}

function instantPair(text: string, context: GrammarContext): TimeRange | undefined {
  const pair = splitPair(text);
  if (!pair) {
    const at = /^now$/.test(text) ? undefined : plainInstant(text, context);
    if (at === undefined) return undefined;
    if (text.startsWith('now')) return { from: text.replaceAll(' ', ''), to: 'now' };
    return absoluteRange(at - AROUND_SECONDS * 1_000, at + AROUND_SECONDS * 1_000);
  }
  const [left, right] = pair;
  const from = plainInstant(left, context);
  const to = plainInstant(right, context);
  if (from === undefined || to === undefined) return undefined;
  if (left.startsWith('now') && right.startsWith('now')) {
    const range = { from: left.replaceAll(' ', ''), to: right.replaceAll(' ', '') };
    return resolveRange(range, context.nowMs) && range;
  }
  return to > from ? absoluteRange(from, to) : to < from ? absoluteRange(to, from) : undefined;
}

function clockRange(text: string, context: GrammarContext): TimeRange | undefined {
  const pair = splitPair(text);
  const from = readMoment(pair ? pair[0] : text, context);
  if (!from) return undefined;
  if (pair && /^(now|지금|현재)$/.test(pair[1])) {
    const start = joinMoments(from, undefined, context);
    return start && start.fromMs < context.nowMs
      ? { from: absoluteRange(start.fromMs, start.fromMs).from, to: 'now' }
      : undefined;
  }
  const to = pair ? readMoment(pair[1], context, from) : undefined;
  if (pair && !to) return undefined;
  const joined = joinMoments(from, to, context);
  if (!joined) return undefined;
  if (from.clock !== undefined && !to) {
    const around = AROUND_SECONDS * 1_000;
    return absoluteRange(joined.fromMs - around, joined.fromMs + around);
  }
  // `today` ends now and goes on doing so.
  if (joined.fromMs < context.nowMs && joined.toMs > context.nowMs && !to)
    return { from: absoluteRange(joined.fromMs, joined.toMs).from, to: 'now' };
  return absoluteRange(joined.fromMs, joined.toMs);
}

const TIMESTAMP = /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?|\b1[0-9]{9,18}\b/;

/** A pasted log line: minutes around the first timestamp in it. */
function timestampInside(text: string, context: GrammarContext): TimeRange | undefined {
  const found = TIMESTAMP.exec(text)?.[0];
  if (!found || found === text) return undefined;
  const at = readMiddle(found.replace(',', '.'), context);
  return at === undefined ? undefined : absoluteRange(at - AROUND_SECONDS * 1_000, at + AROUND_SECONDS * 1_000);
}

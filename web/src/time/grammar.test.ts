import { describe, expect, it } from 'vitest';
import { readRange, readSpan } from './grammar.ts';
import { freezeRange, resolveRange, shiftRange, stretchRange } from './range.ts';
import { epochOf, startOfDay, wallOf } from './zone.ts';

// 2026-11-21 15:30 in Seoul.
const nowMs = Date.parse('2026-11-21T06:30:00Z');
const seoul = { nowMs, zone: 'Asia/Seoul' };

function read(text: string, context = seoul): string | undefined {
  const range = readRange(text, context);
  return range && `${range.from} ${range.to}`;
}

describe('readRange', () => {
  it.each([
    ['45m', 'now-45m now'],
    ['3d', 'now-3d now'],
    ['90 min', 'now-90m now'],
    ['1h30m', 'now-90m now'],
    ['2h', 'now-2h now'],
    ['120m', 'now-2h now'],
    ['last 15 minutes', 'now-15m now'],
    ['지난 3시간', 'now-3h now'],
    ['최근 15분', 'now-15m now'],
    ['2주', 'now-2w now'],
    ['3일', 'now-3d now'],
    ['1시간 30분', 'now-90m now'],
    ['now-6h', 'now-6h now'],
    ['now-6h ~ now-3h', 'now-6h now-3h'],
  ])('%s stays relative', (text, expected) => expect(read(text)).toBe(expected));

  it.each([
    ['2026-11-21 14:02 ±5m', '2026-11-21T04:57:00Z 2026-11-21T05:07:00Z'],
    ['2026-11-21 14:02 +-5m', '2026-11-21T04:57:00Z 2026-11-21T05:07:00Z'],
    ['14:02 +/- 90s', '2026-11-21T05:00:30Z 2026-11-21T05:03:30Z'],
    ['2026-11-21T05:02:00Z ± 1h', '2026-11-21T04:02:00Z 2026-11-21T06:02:00Z'],
    ['1795237320', '2026-11-21T04:57:00Z 2026-11-21T05:07:00Z'],
    ['1795237320000', '2026-11-21T04:57:00Z 2026-11-21T05:07:00Z'],
    ['1795237320000000000', '2026-11-21T04:57:00Z 2026-11-21T05:07:00Z'],
    ['1795237200 1795237320', '2026-11-21T05:00:00Z 2026-11-21T05:02:00Z'],
    ['2026-11-21T05:02:00Z', '2026-11-21T04:57:00Z 2026-11-21T05:07:00Z'],
    ['2026-11-21T05:02:00.250Z ~ 2026-11-21T05:03:00Z', '2026-11-21T05:02:00.250Z 2026-11-21T05:03:00Z'],
    ['2026-11-21 13:00 - 2026-11-21 14:00', '2026-11-21T04:00:00Z 2026-11-21T05:00:00Z'],
    ['어제 14시~16시', '2026-11-20T05:00:00Z 2026-11-20T07:00:00Z'],
    ['어제 14시부터 16시까지', '2026-11-20T05:00:00Z 2026-11-20T07:00:00Z'],
    ['어제 오후 2시~4시', '2026-11-20T05:00:00Z 2026-11-20T07:00:00Z'],
    ['어제 오후 11시 ~ 1시', '2026-11-20T14:00:00Z 2026-11-21T04:00:00Z'],
    ['오늘 9시 30분 ~ 11시', '2026-11-21T00:30:00Z 2026-11-21T02:00:00Z'],
    ['오늘 9시 반~10시', '2026-11-21T00:30:00Z 2026-11-21T01:00:00Z'],
    ['어제 밤 11시', '2026-11-20T13:55:00Z 2026-11-20T14:05:00Z'],
    ['어제 밤 11시 ~ 새벽 2시', '2026-11-20T14:00:00Z 2026-11-20T17:00:00Z'],
    ['그제', '2026-11-18T15:00:00Z 2026-11-19T15:00:00Z'],
    ['어제', '2026-11-19T15:00:00Z 2026-11-20T15:00:00Z'],
    ['yesterday 2pm-4pm', '2026-11-20T05:00:00Z 2026-11-20T07:00:00Z'],
    ['yesterday 14:00-16:00', '2026-11-20T05:00:00Z 2026-11-20T07:00:00Z'],
    ['14:00-15:00', '2026-11-21T05:00:00Z 2026-11-21T06:00:00Z'],
    ['11월 20일 14시~16시', '2026-11-20T05:00:00Z 2026-11-20T07:00:00Z'],
    ['2026년 11월 20일', '2026-11-19T15:00:00Z 2026-11-20T15:00:00Z'],
    ['11/20 14:00 ~ 16:00', '2026-11-20T05:00:00Z 2026-11-20T07:00:00Z'],
    ['12-24', '2025-12-23T15:00:00Z 2025-12-24T15:00:00Z'],
    ['어제 정오 ~ 오늘 자정', '2026-11-20T03:00:00Z 2026-11-20T15:00:00Z'],
    ['2026-11-21T14:02:03.123 ERROR order failed id=7', '2026-11-21T04:57:03Z 2026-11-21T05:07:03Z'],
    ['[2026-11-21 05:02:00,123+00:00] WARN slow', '2026-11-21T04:57:00.123Z 2026-11-21T05:07:00.123Z'],
  ])('%s', (text, expected) => expect(read(text)).toBe(expected));

  it('keeps the open end of today and of "~ now"', () => {
    expect(read('today')).toBe('2026-11-20T15:00:00Z now');
    expect(read('오늘')).toBe('2026-11-20T15:00:00Z now');
    expect(read('14:00 ~ now')).toBe('2026-11-21T05:00:00Z now');
    expect(read('어제 14시 ~ 지금')).toBe('2026-11-20T05:00:00Z now');
  });

  it('means the clock of the given zone', () => {
    expect(read('yesterday 14:00-16:00', { nowMs, zone: 'UTC' })).toBe('2026-11-20T14:00:00Z 2026-11-20T16:00:00Z');
    expect(read('yesterday', { nowMs, zone: 'America/New_York' })).toBe('2026-11-20T05:00:00Z 2026-11-21T05:00:00Z');
  });

  it.each([
    '',
    'soon',
    '25시',
    '2026-13-01',
    '2026-02-30',
    '14:75',
    '5 parsecs',
    '어제 14시~',
    '±5m',
    '오전 15시',
    'now',
  ])('refuses %j', (text) => expect(read(text)).toBeUndefined());
});

describe('readSpan', () => {
  it('adds mixed units and refuses a rest', () => {
    expect(readSpan('1h 30m')).toBe(5_400);
    expect(readSpan('1.5h')).toBe(5_400);
    expect(readSpan('1h 30')).toBeUndefined();
  });
});

describe('ranges', () => {
  it('freeze, stretch and shift', () => {
    const hour = { from: 'now-1h', to: 'now' };
    expect(freezeRange(hour, nowMs)).toEqual({ from: '2026-11-21T05:30:00Z', to: '2026-11-21T06:30:00Z' });
    expect(stretchRange(hour, 4, nowMs)).toEqual({ from: 'now-4h', to: 'now' });
    expect(shiftRange(hour, -1, nowMs)).toEqual({ from: '2026-11-21T04:30:00Z', to: '2026-11-21T05:30:00Z' });
    expect(shiftRange(hour, 1, nowMs)).toEqual({ from: '2026-11-21T05:30:00Z', to: '2026-11-21T06:30:00Z' });
    expect(resolveRange({ from: 'now', to: 'now-1h' }, nowMs)).toBeUndefined();
    expect(resolveRange({ from: 'rubbish', to: 'now' }, nowMs)).toBeUndefined();
  });
});

describe('zones', () => {
  it('round-trip through the clock, also across summer time', () => {
    for (const zone of ['Asia/Seoul', 'UTC', 'America/New_York', 'Australia/Lord_Howe'])
      for (let at = Date.parse('2026-01-01T00:00:00Z'); at < Date.parse('2027-01-01T00:00:00Z'); at += 7_200_000 * 37)
        expect(epochOf(wallOf(at, zone), zone)).toBe(at);
  });
  it('knows days of 23 and 25 hours', () => {
    const noon = Date.parse('2026-03-08T17:00:00Z');
    expect(startOfDay(noon, 'America/New_York', 1) - startOfDay(noon, 'America/New_York')).toBe(23 * 3_600_000);
    const autumn = Date.parse('2026-11-01T17:00:00Z');
    expect(startOfDay(autumn, 'America/New_York', 1) - startOfDay(autumn, 'America/New_York')).toBe(25 * 3_600_000);
  });
});

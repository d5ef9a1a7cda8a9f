import { parseDuration } from '@hanok/contract/query';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, queryDurations } from './durations.ts';
import { findHangul, matchesHangul } from './hangul.ts';
import { formatSince } from './instants.ts';
import { formatBytes, formatCount, formatRate, formatShare, rateUnitOf } from './numbers.ts';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [7, '7'],
    [999, '999'],
    [999.6, '1k'],
    [12_449, '12.4k'],
    [999_600, '1M'],
    [2_500_000_000, '2.5G'],
    [-1_500, '-1.5k'],
    [Number.NaN, '–'],
  ])('count %d', (value, text) => expect(formatCount(value)).toBe(text));
  it.each([
    [0, '0%'],
    [0.000001, '<0.01%'],
    [0.0123, '1.23%'],
    [0.5, '50%'],
    [0.12345, '12.3%'],
    [1, '100%'],
  ])('share %d', (value, text) => expect(formatShare(value)).toBe(text));
  it.each([
    [0, '0/s'],
    [0.05, '3/min'],
    [12.34, '12.3/s'],
    [5_400, '5.4k/s'],
  ])('rate %d', (value, text) => expect(formatRate(value)).toBe(text));
  it('gives all rates of a column one unit', () => {
    const rates = [0, 0.05, 12.34];
    expect(rates.map((rate) => formatRate(rate, rateUnitOf(rates)))).toEqual(['0/min', '3/min', '740/min']);
    expect([0, 12].map((rate) => formatRate(rate, rateUnitOf([0, 12])))).toEqual(['0/s', '12/s']);
  });
  it.each([
    [0, '0 B'],
    [1_023, '1,023 B'],
    [1_024, '1 KiB'],
    [1_572_864, '1.5 MiB'],
  ])('bytes %d', (value, text) => expect(formatBytes(value)).toBe(text));
});

describe('durations', () => {
  it.each([
    [0, '0'],
    [950, '950 ns'],
    [999.7, '1 µs'],
    [1_240_000, '1.24 ms'],
    [999_600_000, '1 s'],
    [12_340_000_000, '12.3 s'],
    [61_000_000_000, '1m 1s'],
    [3_600_000_000_000, '1h'],
    [93_600_000_000_000, '1d 2h'],
    [-5_000_000, '-5 ms'],
  ])('%d', (value, text) => expect(formatDuration(value)).toBe(text));
});

describe('durations of queries', () => {
  it.each([
    [24_675_432.1, 29_343_999.9, '24.67ms', '29.35ms'],
    [1, 999, '1ns', '999ns'],
    [1_500, 2_000_000, '1.5us', '2ms'],
    [250_000_000, 1_200_000_000, '250ms', '1.2s'],
    [90_509_668_000, 5_123_456_789_000, '90.5s', '5124s'],
    [0.5, 1.5, '0ns', '2ns'],
  ])('%d to %d', (low, high, from, to) => expect(queryDurations(low, high)).toEqual({ low: from, high: to }));

  it('hold what lies between the bounds, and hardly more', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e14, noNaN: true }), (nanos) => {
        const { low, high } = queryDurations(nanos, nanos);
        const [from, to] = [parseDuration(low)!, parseDuration(high)!];
        // A duration is a whole number of nanoseconds.
        expect(from).toBeLessThanOrEqual(Math.ceil(nanos));
        expect(to).toBeGreaterThanOrEqual(Math.floor(nanos));
        expect(to - from).toBeLessThanOrEqual(Math.max(2, nanos * 0.0021));
      }),
    );
  });
});

describe('how long ago', () => {
  it.each([
    [0, '0 sec'],
    [59_000, '59 sec'],
    [5 * 60_000 + 2_000, '5 min'],
    [3 * 3_600_000, '3 hr'],
    [26 * 3_600_000, '1 day'],
    // The end of a minute that has not ended is not in the future.
    [-30_000, '0 sec'],
  ])('%d ms', (passed, text) => expect(formatSince(1_795_219_200_000 - passed, 1_795_219_200_000)).toBe(text));
});

describe('Hangul search', () => {
  it.each([
    ['주문-api', 'ㅈㅁ', true],
    ['주문-api', 'ㅈㅁ-a', true],
    ['결제서비스', 'ㅅㅂㅅ', true],
    ['결제서비스', '결ㅈ', true],
    ['주문', '주무', true], // still typing 문
    ['주문', '준', false],
    ['주문', '무주', false],
    ['Checkout', 'ECK', true],
    ['checkout', 'ㅊ', false],
    ['빵집', 'ㅃㅈ', true],
    ['빵집', 'ㅂㅈ', false],
    ['anything', '  ', true],
  ])('%s / %s', (text, needle, found) => expect(matchesHangul(text, needle)).toBe(found));
  it('says where', () => expect(findHangul('my-주문-api', 'ㅈㅁ')).toEqual([3, 5]));
  it('finds decomposed Hangul, as macOS writes file names', () =>
    expect(matchesHangul('주문'.normalize('NFD'), 'ㅈㅁ')).toBe(true));
});

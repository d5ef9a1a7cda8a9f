import { describe, expect, it } from 'vitest';
import {
  aggregatesOf,
  figuresOf,
  gridOf,
  linesOf,
  markersOf,
  scaleTop,
  sortLines,
  splitLines,
  tokensOf,
} from './series.ts';

const words = { all: 'all', none: '(none)' };

describe('linesOf', () => {
  it('names lines by what they are grouped by and keeps them apart when a value is missing', () => {
    const lines = linesOf(
      [
        { labels: { host: 'a', zone: '' }, values: [1, null, 3] },
        { labels: { host: '', zone: 'a' }, values: [null, null, null] },
      ],
      ['host', 'zone'],
      words,
    );
    expect(lines.map((line) => line.label)).toEqual(['a · (none)', '(none) · a']);
    expect(new Set(lines.map((line) => line.key)).size).toBe(2);
    expect(lines[0]).toMatchObject({ last: 3, min: 1, max: 3, avg: 2 });
    expect(lines[1]).toMatchObject({ last: null, avg: null });
  });

  it('calls the only line of an ungrouped metric by the word for all', () => {
    expect(linesOf([{ labels: {}, values: [1] }], [], words)[0]).toMatchObject({ label: 'all', key: '*' });
  });
});

describe('tokensOf', () => {
  it('gives twenty names twenty colours, the same ones in any order', () => {
    const names = Array.from({ length: 20 }, (_, i) => `service-${i}`);
    const tokens = tokensOf(names);
    expect(new Set(tokens.values()).size).toBe(20);
    expect(tokensOf([...names].reverse())).toEqual(tokens);
  });

  it('still answers beyond the palette', () => {
    expect(tokensOf(Array.from({ length: 50 }, (_, i) => `s${i}`)).size).toBe(50);
  });
});

describe('figures and orders', () => {
  it('takes the last value that is known', () => {
    expect(figuresOf([4, -2, null])).toEqual({ last: -2, min: -2, max: 4, avg: 1 });
  });

  it('keeps lines without values at the end in both orders', () => {
    const lines = linesOf(
      [
        { labels: { h: 'x' }, values: [null] },
        { labels: { h: 'y' }, values: [1] },
        { labels: { h: 'z' }, values: [2] },
      ],
      ['h'],
      words,
    );
    expect(sortLines(lines, 'max', 'desc').map((line) => line.label)).toEqual(['z', 'y', 'x']);
    expect(sortLines(lines, 'max', 'asc').map((line) => line.label)).toEqual(['y', 'z', 'x']);
  });

  it('splits by one attribute, the largest group first', () => {
    const lines = linesOf(
      [
        { labels: { h: 'x', r: '/' }, values: [1] },
        { labels: { h: 'y', r: '/' }, values: [9] },
        { labels: { h: 'x', r: '/a' }, values: [2] },
      ],
      ['h', 'r'],
      words,
    );
    expect(splitLines(lines, 'h').map((one) => [one.value, one.lines.length, one.max])).toEqual([
      ['y', 1, 9],
      ['x', 2, 2],
    ]);
  });
});

it('places exemplars only on charts of single values', () => {
  const exemplars = [{ timestamp: '1700000000000000000', value: 0.4, traceId: 'a', spanId: 'b' }];
  expect(markersOf({ aggregate: 'rate', exemplars }, String)).toEqual([]);
  expect(markersOf({ aggregate: 'p95', exemplars }, String)).toMatchObject([{ atMs: 1_700_000_000_000, value: 0.4 }]);
});

it('offers rates only of what grows', () => {
  const kind = { temporality: 'cumulative', monotonic: false } as const;
  expect(aggregatesOf({ ...kind, type: 'gauge' })).not.toContain('rate');
  expect(aggregatesOf({ ...kind, type: 'sum' })).not.toContain('rate');
  expect(aggregatesOf({ ...kind, temporality: 'delta', type: 'sum' })).not.toContain('rate');
  expect(aggregatesOf({ ...kind, type: 'sum', monotonic: true })).toContain('rate');
  expect(aggregatesOf({ ...kind, type: 'histogram' })).not.toContain('last');
});

it('makes room for exemplars, but not so much that the lines lie flat', () => {
  const lines = linesOf([{ labels: {}, values: [1, 10] }], [], words);
  const marker = (value: number) => ({ id: String(value), atMs: 0, value, label: '' });
  expect(scaleTop(lines, [marker(4)])).toBeUndefined();
  expect(scaleTop(lines, [marker(12)])).toBe(12);
  expect(scaleTop(lines, [marker(12), marker(500)])).toBe(16);
});

it('leaves a step that has not ended out of the figures, unless there is no other', () => {
  expect(figuresOf([1, 3, 100], 2)).toEqual({ last: 3, min: 1, max: 3, avg: 2 });
  expect(figuresOf([null, null, 100], 2)).toEqual({ last: 100, min: 100, max: 100, avg: 100 });
});

it('draws across one lost point and not across two', () => {
  const grid = (step: number, interval: number) =>
    gridOf({ start: '0', step: String(step * 1e9), window: '0', interval: String(interval * 1e9) }).bridge;
  // Steps of an interval: one may be empty. Of ten: none. Steps of a sixth: the five between two points, and five more.
  expect([grid(60, 60), grid(600, 60), grid(10, 60), grid(60, 0)]).toEqual([1, 0, 11, 0]);
});

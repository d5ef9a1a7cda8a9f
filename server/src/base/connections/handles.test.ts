import { expect, it } from 'vitest';
import { decideHandleShares, parseHandleLimit, readHandleLimit } from './handles.ts';

const WANTED = { ui: 2_000, 'otlp-http': 4_000, 'otlp-grpc': 4_000 };

it('reads the soft limit', () => {
  const line = (soft: string) =>
    `Limit   Soft Limit  Hard Limit  Units\nMax open files            ${soft}  4096  files\n`;
  expect(parseHandleLimit(line('1024'))).toBe(1_024);
  expect(parseHandleLimit(line('unlimited'))).toBeUndefined();
  expect(parseHandleLimit('')).toBeUndefined();
  if (process.platform === 'linux') expect(readHandleLimit()).toBeGreaterThan(0);
});

it('gives what is asked for when there are enough', () => {
  expect(decideHandleShares(20_000, 2, WANTED)).toMatchObject({ most: WANTED, reduced: false });
  expect(decideHandleShares(undefined, 2, WANTED)).toMatchObject({ most: WANTED, reduced: false });
});

it('cuts all ports in proportion when handles are few, and keeps some for every store', () => {
  const few = decideHandleShares(256, 2, WANTED);
  expect(few).toEqual({ limit: 256, kept: 112, reduced: true, most: { ui: 28, 'otlp-http': 57, 'otlp-grpc': 57 } });
  const more = decideHandleShares(256, 4, WANTED);
  expect(more.kept).toBe(160);
  const sum = (most: Readonly<Record<string, number>>) => Object.values(most).reduce((a, b) => a + b);
  expect(sum(more.most) + more.kept).toBeLessThanOrEqual(256);
});

it('leaves every port one connection, however few there are', () => {
  expect(decideHandleShares(64, 10, WANTED).most).toEqual({ ui: 1, 'otlp-http': 1, 'otlp-grpc': 1 });
});

import { describe, expect, it } from 'vitest';
import { dimensionOf, unitFactor } from './units.ts';

describe('units', () => {
  it.each([
    ['ms', 's', 1_500, 1.5],
    ['s', 'ms', 1.5, 1_500],
    ['KiBy', 'By', 2, 2_048],
    ['%', '1', 50, 0.5],
    ['{request}', '{request}', 7, 7],
  ])('%s in %s', (from, to, value, expected) => {
    expect(value * unitFactor(from, to)!).toBe(expected);
  });

  it.each([
    ['s', 'By'],
    ['s', ''],
    ['{request}', '{error}'],
    ['', '1'],
  ])('never converts %j to %j', (from, to) => {
    expect(unitFactor(from, to)).toBeUndefined();
    expect(dimensionOf(from)).not.toBe(dimensionOf(to));
  });
});

import { describe, expect, it } from 'vitest';
import { bytesMeasure, countMeasure, durationMeasure, type Measure, plainScale, shareMeasure } from './measure.ts';

const spaced = (step: number, count = 5): number[] => Array.from({ length: count }, (_, i) => i * step);

describe('a scale', () => {
  it.each<[string, Measure, number, number[], string[]]>([
    ['seconds in ms', durationMeasure(1e9), 0.2, [0, 0.05, 0.1], ['0 ms', '50 ms', '100 ms']],
    ['seconds of minutes', durationMeasure(1e9), 600, [0, 150, 300], ['0 min', '2.5 min', '5.0 min']],
    ['milliseconds of seconds', durationMeasure(1e6), 4_000, [0, 500, 1_000], ['0 s', '0.5 s', '1.0 s']],
    ['seconds a second', durationMeasure(1e9, '/s'), 0.3, [0, 0.1, 0.2], ['0 ms/s', '100 ms/s', '200 ms/s']],
    ['bytes', bytesMeasure(), 3 * 2 ** 20, [0, 2 ** 20], ['0 MiB', '1 MiB']],
    ['shares', shareMeasure(), 0.9, [0, 0.25, 0.5], ['0%', '25%', '50%']],
    ['small shares', shareMeasure(), 0.004, [0, 0.001, 0.002], ['0%', '0.1%', '0.2%']],
    ['counts', countMeasure(), 8, [0, 2, 4], ['0', '2', '4']],
    ['counts below one', countMeasure('/s'), 1.2, [0, 0.25, 0.5], ['0/s', '0.25/s', '0.50/s']],
    ['large counts', countMeasure(), 12_420, [12_350, 12_400, 12_450], ['12.35k', '12.40k', '12.45k']],
    ['long signs', countMeasure(' packets'), 5, [0, 1], ['0', '1']],
  ])('writes ticks of %s in one unit', (_name, measure, largest, values, expected) => {
    expect(measure(largest).ticks(values)).toEqual(expected);
  });

  it('never writes two ticks alike, whatever their distance', () => {
    for (const measure of [durationMeasure(1e9), durationMeasure(1), bytesMeasure(), shareMeasure(), countMeasure()])
      for (const largest of [1e-7, 0.003, 0.9, 1, 7, 60, 999, 1_000, 12_345, 1e6, 5e9])
        for (const step of measure(largest).steps.filter((one) => one < largest && one > largest / 12)) {
          const ticks = measure(largest).ticks(spaced(step));
          expect(new Set(ticks).size, `${largest} by ${step}: ${ticks.join(' ')}`).toBe(ticks.length);
        }
  });

  it('writes values in the same unit as ticks', () => {
    const scale = durationMeasure(1e9)(2.5);
    expect([scale.unit, scale.format(2.5), scale.format(0.004)]).toEqual(['s', '2.5 s', '0.004 s']);
    expect(bytesMeasure(1, '/s')(5e6).format(1_024)).toBe('0.000977 MiB/s');
    expect(durationMeasure(1e9)(0).format(0)).toBe('0 s');
    expect(shareMeasure(100)(50).format(12.5)).toBe('12.5%');
    expect(countMeasure('/s')(3).format(Number.NaN)).toBe('–');
  });

  it('of a bare format leaves repeated labels out', () => {
    expect(plainScale((value) => String(Math.round(value))).ticks([0, 0.5, 1, 1.5])).toEqual(['0', '1', '', '2']);
  });
});

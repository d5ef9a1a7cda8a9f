import { describe, expect, it } from 'vitest';
import { unitFormat, unitName } from './units.ts';

describe('unitFormat', () => {
  it.each([
    ['By', 1_536, '1.5 KiB'],
    ['MiBy', 2_048, '2 GiB'],
    ['By/s', 1_024, '1 KiB/s'],
    ['s', 0.0125, '12.5 ms'],
    ['ms', 1_250, '1.25 s'],
    ['{request}', 12_400, '12.4k'],
    ['{request}/s', 0.05, '0.05/s'],
    ['1/s', 3, '3/s'],
    ['1', 3, '3'],
    ['%', 12.5, '12.5%'],
    ['', 7, '7'],
    ['Cel', 21.5, '21.5 °C'],
    ['V', 230, '230 V'],
  ])('writes %s', (unit, value, text) => {
    expect(unitFormat(unit).format(value)).toBe(text);
  });

  it('takes a share for what it is by the name of the metric', () => {
    expect(unitFormat('1', 'system.cpu.utilization').format(0.25)).toBe('25%');
    expect(unitFormat('1', 'system.cpu.count').format(0.25)).toBe('0.25');
    expect(unitFormat('1/s', 'cache.hit.ratio').format(0.25)).toBe('0.25/s');
  });

  it('steps axes of bytes by powers of two and no others', () => {
    expect([unitFormat('By').binary, unitFormat('GBy/s').binary, unitFormat('s').binary]).toEqual([true, true, false]);
  });

  it('shows annotations without their braces', () => {
    expect([unitName('{request}'), unitName('{request}/s'), unitName('1')]).toEqual(['request', 'request/s', '']);
  });
});

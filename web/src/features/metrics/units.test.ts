import { beforeAll, describe, expect, it, vi } from 'vitest';
import { activateLocale, loadMessages } from '../../i18n/index.ts';
import { measureOf, unitName } from './units.ts';

beforeAll(async () => {
  vi.stubGlobal('document', { documentElement: { lang: '' } });
  await activateLocale('en');
  await loadMessages('metrics');
});

describe('measureOf', () => {
  it.each([
    ['By', 1_536, '1.5 KiB'],
    ['MiBy', 2_048, '2 GiB'],
    ['By/s', 1_024, '1 KiB/s'],
    ['s', 0.0125, '12.5 ms'],
    ['ms', 1_250, '1.25 s'],
    ['s/s', 0.25, '250 ms/s'],
    ['{request}', 12_400, '12.4k'],
    ['{request}/s', 0.05, '0.05/s'],
    ['{cpu}', 1.5, '1.5'],
    ['1/s', 3, '3/s'],
    ['1', 3, '3'],
    ['%', 12.5, '12.5%'],
    ['', 7, '7'],
    ['Cel', 21.5, '21.5 °C'],
    ['V', 230, '230 V'],
  ])('writes %s', (unit, value, text) => {
    expect(measureOf(unit)(value).format(value)).toBe(text);
  });

  it('takes a share for what it is by the name of the metric', () => {
    expect(measureOf('1', 'system.cpu.utilization')(0.25).format(0.25)).toBe('25%');
    expect(measureOf('1', 'system.cpu.count')(0.25).format(0.25)).toBe('0.25');
    expect(measureOf('1/s', 'cache.hit.ratio')(0.25).format(0.25)).toBe('0.25/s');
  });

  it('writes all values of one chart in one unit, and names it', () => {
    const scale = measureOf('s')(90);
    expect([scale.unit, scale.format(90), scale.format(0.5)]).toEqual(['s', '90 s', '0.5 s']);
    expect(measureOf('{cpu}')(2).unit).toBe('cores');
  });

  it('names units in words', () => {
    expect(['{request}', '{request}/s', '1', '1/s', 'By', 's', '{widget}', '{cpu}', 'V/s'].map(unitName)).toEqual([
      'requests',
      'requests per second',
      '',
      'per second',
      'bytes',
      'seconds',
      'widget',
      'cores',
      'V per second',
    ]);
  });
});

it.each(['__proto__', 'constructor', 'toString'])('writes the unit %s as any other that is not known', (unit) => {
  expect(unitName(unit)).toBe(unit);
  expect(measureOf(unit)(10).format(5)).toBe(`5 ${unit}`);
});

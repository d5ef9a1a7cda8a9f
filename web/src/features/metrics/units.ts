import { sizeOfUnit } from '@hanok/contract';
import { t } from '../../i18n/index.ts';
import { bytesMeasure, countMeasure, durationMeasure, type Measure, shareMeasure } from '../../kit/chart/measure.ts';

/** A map: units are texts that senders choose, `constructor` and `__proto__` among them. */
const SIGNS: ReadonlyMap<string, string> = new Map([
  ['Cel', '°C'],
  ['[degF]', '°F'],
  ['Ohm', 'Ω'],
]);

/** Things that instruments count, in the reader's language. Others are named as they were sent. */
const WORDS = [
  'cpu',
  'request',
  'error',
  'operation',
  'packet',
  'message',
  'connection',
  'thread',
  'process',
  'fault',
  'exception',
] as const;

/** Metrics whose unit is `1` and whose values are shares of a whole (semantic conventions: `*.utilization`). */
const SHARE = /(?:utili[sz]ation|ratio)$/;

function split(unit: string): { readonly base: string; readonly per: string } {
  return unit.endsWith('/s') ? { base: unit.slice(0, -2), per: '/s' } : { base: unit, per: '' };
}

/**
 * How values of a metric are written, in one unit for a chart: `By`, `s` and `ms` in the size that fits the largest,
 * `{request}` as a plain count (the braces only annotate), `%` and shares as per cent; anything else keeps its unit
 * behind the number.
 */
export function measureOf(unit: string, metric = ''): Measure {
  const { base, per } = split(unit);
  const known = sizeOfUnit(base);
  if (known?.dimension === 'bytes') return bytesMeasure(known.size, per);
  if (known?.dimension === 'time') return durationMeasure(known.size, per);
  if (base === '%') return shareMeasure(100, per);
  if (base === '1' && per === '' && SHARE.test(metric)) return shareMeasure();
  // An annotation or nothing at all: a count of things.
  if (base === '' || base === '1' || /^\{[^}]*\}$/.test(base)) return countMeasure(per, unitName(unit));
  const sign = SIGNS.get(base) ?? base;
  return countMeasure(` ${sign}${per}`, `${sign}${per}`);
}

/** The unit as read by people: `{request}/s` is "requests per second", `1` is none, `By` is "bytes". */
export function unitName(unit: string): string {
  const { base, per } = split(unit);
  const name = baseName(base);
  if (per === '') return name;
  return name === '' ? t('metrics.unit.perSecond') : t('metrics.unit.namePerSecond', { unit: name });
}

function baseName(base: string): string {
  if (base === '' || base === '1') return '';
  if (base === 'By') return t('metrics.unit.bytes');
  if (base === 's') return t('metrics.unit.seconds');
  if (base === 'ms') return t('metrics.unit.milliseconds');
  if (base === '%') return '%';
  const annotation = /^\{([^}]*)\}$/.exec(base)?.[1];
  if (annotation === undefined) return SIGNS.get(base) ?? base;
  const word = WORDS.find((one) => annotation === one || annotation === `${one}s`);
  return word ? t(`metrics.unit.${word}`) : annotation;
}

import type { AnyValue, MetricPoint } from '@hanok/contract';
import { name, sql } from '#store';
import { type Cell, listOf, numberOf, type Row, textOf } from '../rows.ts';

/** Attributes of a series or an exemplar, for `pairsOf`. */
export const PAIRS = {
  c_keys: sql`mapKeys(attributes)`,
  c_values: sql`mapValues(attributes)`,
  c_attribute_types: name('attribute_types'),
};

type Double = number | { readonly double: string };
type Count = number | { readonly int: string };

/** JSON has no NaN, no infinities and no minus zero. */
export function doubleOf(cell: Cell): Double {
  const value = numberOf(cell);
  if (Object.is(value, -0)) return { double: '-0' };
  return Number.isFinite(value) ? value : { double: String(value) };
}

/** A 64-bit integer, which comes as text. */
export function countOf(cell: Cell): Count {
  const value = numberOf(cell);
  return Number.isSafeInteger(value) ? value : { int: textOf(cell) };
}

/** `number_type` of samples and exemplars: base/layout/tables.ts. */
const NUMBER_TYPES = ['double', 'integer', 'integer', 'none'] as const;

export function numberValue(row: Row): { value: AnyValue; valueType: 'double' | 'integer' | 'none' } {
  const type = numberOf(row['p_number_type']);
  const valueType = NUMBER_TYPES[type] ?? 'none';
  if (valueType === 'none') return { value: null, valueType };
  return { value: type === 2 ? countOf(row['p_int']) : doubleOf(row['p_value']), valueType };
}

export function histogramValue(row: Row): Pick<MetricPoint, 'histogram' | 'exponentialHistogram' | 'summary'> {
  const count = countOf(row['p_count']);
  const present = numberOf(row['p_present']);
  const extent = {
    count,
    ...((present & 1) !== 0 && { sum: doubleOf(row['p_sum']) }),
    ...((present & 2) !== 0 && { min: doubleOf(row['p_min']) }),
    ...((present & 4) !== 0 && { max: doubleOf(row['p_max']) }),
  };
  const doubles = (column: string) => listOf(row[column]).map(doubleOf);
  const counts = (column: string) => listOf(row[column]).map(countOf);
  switch (numberOf(row['p_kind'])) {
    case 1:
      return { histogram: { ...extent, explicitBounds: doubles('p_bounds'), bucketCounts: counts('p_counts') } };
    case 2:
      return {
        exponentialHistogram: {
          ...extent,
          scale: numberOf(row['p_scale']),
          zeroCount: countOf(row['p_zero_count']),
          zeroThreshold: doubleOf(row['p_zero_threshold']),
          positive: { offset: numberOf(row['p_positive_offset']), bucketCounts: counts('p_positive_counts') },
          negative: { offset: numberOf(row['p_negative_offset']), bucketCounts: counts('p_negative_counts') },
        },
      };
    default: {
      const values = doubles('p_values');
      const quantiles = doubles('p_bounds').map((quantile, i) => ({ quantile, value: values[i] ?? 0 }));
      return { summary: { count, sum: doubleOf(row['p_sum']), quantiles } };
    }
  }
}

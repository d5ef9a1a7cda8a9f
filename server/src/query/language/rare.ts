import type { Signal } from '@hanok/contract';
import { edgedWords, type Filter } from '@hanok/contract/query';

/** Digits in one word from which it is taken for a number of something: an order, a customer, a request. */
const DIGITS = 5;

/**
 * Does the whole filter depend on something that an index finds and few rows have: an id, or a word that looks like a
 * number of something? A guess from the text alone. Being wrong costs time, never rows.
 */
export function isRare(filter: Filter, signal: Signal): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.children.some((child) => isRare(child, signal));
    case 'text':
      return signal === 'logs' && filter.test.kind === 'words' && looksRare(filter.test.needle);
    case 'field':
      if (filter.test.kind === 'id') return true;
      return (
        signal === 'logs' &&
        filter.target.source === 'field' &&
        filter.target.field.name === 'body' &&
        filter.test.kind === 'words' &&
        looksRare(filter.test.needle)
      );
    default:
      return false;
  }
}

function looksRare(needle: string): boolean {
  return edgedWords(needle).some((word) => (word.match(/[0-9]/g)?.length ?? 0) >= DIGITS);
}

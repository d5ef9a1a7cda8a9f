import type { Signal } from '@hanok/contract';
import { type Filter, parse, resolve } from '@hanok/contract/query';
import { syntaxError } from '../errors.ts';

/** The query's text understood for a signal. Throws `query.syntax`. */
export function readQuery(text: string, signal: Signal): Filter {
  try {
    return resolve(parse(text), signal);
  } catch (error) {
    throw syntaxError(error);
  }
}

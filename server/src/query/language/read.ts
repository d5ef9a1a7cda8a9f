import type { Signal } from '@hanok/contract';
import { type Filter, type Node, parse, resolve } from '@hanok/contract/query';
import { syntaxError } from '../errors.ts';

export interface ReadQuery {
  readonly filter: Filter;
  /** Names of the fields it asks about, as they are written, each once. */
  readonly fields: readonly string[];
}

/** The query's text understood for a signal. Throws `query.syntax`. */
export function readQuery(text: string, signal: Signal): Filter {
  return readFields(text, signal).filter;
}

export function readFields(text: string, signal: Signal): ReadQuery {
  try {
    const node = parse(text);
    return { filter: resolve(node, signal), fields: [...new Set(namesIn(node))] };
  } catch (error) {
    throw syntaxError(error);
  }
}

function namesIn(node: Node): string[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.children.flatMap(namesIn);
    case 'not':
      return namesIn(node.child);
    case 'field':
      return [node.name];
    default:
      return [];
  }
}

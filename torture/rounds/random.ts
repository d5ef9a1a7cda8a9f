import { randomFrom as numbersFrom } from '../../server/src/journal/testkit.ts';

/** Choices from a seed, so that a failing run can be repeated. */
export interface Random {
  /** 0 to 1, exclusive. */
  fraction(): number;
  /** 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(list: readonly T[]): T;
}

export function randomFrom(seed: number): Random {
  const fraction = numbersFrom(seed);
  const below = (most: number) => Math.floor(fraction() * most);
  return { fraction, below, pick: (list) => list[below(list.length)]! };
}

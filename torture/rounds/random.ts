/** mulberry32: a small seeded generator, so that a failing run can be repeated. */
export interface Random {
  /** 0 to 1, exclusive. */
  fraction(): number;
  /** 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(list: readonly T[]): T;
}

export function randomFrom(seed: number): Random {
  let state = seed | 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (most: number) => Math.floor(fraction() * most);
  return { fraction, below, pick: (list) => list[below(list.length)]! };
}

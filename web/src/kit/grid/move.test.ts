import { describe, expect, it } from 'vitest';
import { decideMove, placeOf } from './move.ts';

describe('decideMove', () => {
  it.each([
    ['KeyJ', -1, 0],
    ['ArrowUp', -1, 0],
    ['End', -1, 9],
    ['KeyJ', 3, 4],
    ['KeyK', 3, 2],
    ['ArrowDown', 9, 9],
    ['ArrowUp', 0, 0],
    ['PageDown', 2, 9],
    ['PageUp', 4, 0],
    ['Home', 7, 0],
  ] as const)('%s from row %d of ten leads to row %d', (code, at, to) => {
    expect(decideMove(code, at, 10)).toBe(to);
  });

  it('leaves other keys and empty lists alone', () => {
    expect(decideMove('KeyX', 3, 10)).toBeUndefined();
    expect(decideMove('KeyJ', -1, 0)).toBeUndefined();
  });
});

describe('placeOf', () => {
  const id = (row: string) => row;

  it('follows a row when others arrive before it', () => {
    expect(placeOf(['new', 'a', 'b'], id, { id: 'b', at: 1 })).toBe(2);
  });

  it('stays on the second of two equal rows', () => {
    expect(placeOf(['a', 'same', 'same'], id, { id: 'same', at: 2 })).toBe(2);
  });

  it('is nowhere when the row is gone or there was none', () => {
    expect(placeOf(['a'], id, { id: 'b', at: 0 })).toBe(-1);
    expect(placeOf(['a'], id, undefined)).toBe(-1);
  });
});

import { describe, expect, it } from 'vitest';
import { countedBytes } from '../testkit/index.ts';
import { DEVICE_LIFETIME_MS, findMark, isMark, MOST_MARKS, makeMark } from './device.ts';

const person = { id: 'u_1', passwordHash: 'scrypt$15$8$3$salt$key' };
const random = countedBytes();
const mark = makeMark(person, 1_000, random);

describe('a mark', () => {
  it('is found by the person it was made for', () => {
    const other = makeMark(person, 1_000, random);
    expect(findMark([mark, other], person, 2_000)).toEqual({ mark, device: mark.split('.')[0] });
    expect(findMark(['', 'x'.repeat(10_000), other], person, 2_000)?.mark).toBe(other);
    expect(isMark(mark)).toBe(true);
  });

  it('is nothing to anybody else, after a new password, or when it is old or changed', () => {
    expect(findMark([mark], { ...person, id: 'u_2' }, 2_000)).toBeUndefined();
    expect(findMark([mark], { ...person, passwordHash: `${person.passwordHash}x` }, 2_000)).toBeUndefined();
    expect(findMark([mark], undefined, 2_000)).toBeUndefined();
    expect(findMark([mark], person, 1_000 + DEVICE_LIFETIME_MS)).toBeUndefined();
    const [nonce, issued, mac] = mark.split('.');
    for (const changed of [
      `${nonce}.${(DEVICE_LIFETIME_MS).toString(36)}.${mac}`,
      `${'A'.repeat(22)}.${issued}.${mac}`,
      `${nonce}.${issued}.${'A'.repeat(43)}`,
      `${nonce}.${issued}`,
    ])
      expect(findMark([changed], person, 2_000), changed).toBeUndefined();
  });

  it('is looked for among a few only', () => {
    const many = Array.from({ length: MOST_MARKS }, () => makeMark({ ...person, id: 'u_2' }, 1_000, random));
    expect(findMark([...many, mark], person, 2_000)).toBeUndefined();
  });
});

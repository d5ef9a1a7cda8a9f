import { describe, expect, it } from 'vitest';
import { decideLinger } from './drain.ts';

const MIB = 1024 ** 2;
const decide = (bytes: number, oldestMs: number, lingerMs = 300) =>
  decideLinger({ bytes, oldestMs }, lingerMs, 64 * MIB);

describe('what waits for company before it is inserted', () => {
  it('is a little for one linger', () => {
    expect(decide(1_000, 0)).toBe(300);
    expect(decide(1_000, 299)).toBe(1);
    expect(decide(1_000, 300)).toBe(0);
  });

  it('is much for three, and not after that', () => {
    expect(decide(5 * MIB, 100)).toBe(200);
    expect(decide(5 * MIB, 300)).toBe(600);
    expect(decide(5 * MIB, 900)).toBe(0);
  });

  it('is looked at again when it will be a fat insert', () => {
    expect(decide(12 * MIB, 300)).toBe(300);
    expect(decide(20 * MIB, 400)).toBe(80);
    expect(decide(24 * MIB, 10)).toBe(0);
  });

  it('is never kept where the setting says at once, nor beyond what one insert may have', () => {
    expect(decide(5 * MIB, 0, 0)).toBe(0);
    expect(decideLinger({ bytes: 2 * MIB, oldestMs: 0 }, 300, 2 * MIB)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { decideWait, LoginThrottle, RULES } from './throttle.ts';

describe('decideWait', () => {
  it.each([
    [0, 0],
    [4, 0],
    [5, 1_000],
    [6, 2_000],
    [10, 32_000],
    [50, 300_000],
    [1_000_000, 300_000],
  ])('after %i failures of a pair waits %i ms', (failures, wait) => {
    expect(decideWait({ failures, last: 1_000 }, RULES.pair, 1_000)).toBe(wait);
  });

  it('shrinks with time and forgets', () => {
    expect(decideWait({ failures: 6, last: 0 }, RULES.pair, 1_500)).toBe(500);
    expect(decideWait({ failures: 6, last: 0 }, RULES.pair, 2_000)).toBe(0);
    expect(decideWait({ failures: 500, last: 0 }, { free: 0, most: 10 ** 9 }, 900_000)).toBe(0);
    expect(decideWait(undefined, RULES.pair, 0)).toBe(0);
  });
});

describe('LoginThrottle', () => {
  it('slows one host that tries many people, and a crowd that tries one person, but never for long', () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 60; i++) throttle.attempt(`p${i}@x.example`, '192.0.2.1', 0);
    expect(throttle.wait('fresh@x.example', '192.0.2.1', 0)).toBeGreaterThan(0);
    expect(throttle.wait('fresh@x.example', '192.0.2.2', 0)).toBe(0);
    for (let i = 0; i < 1_000; i++) throttle.attempt('one@x.example', `198.51.100.${i}`, 0);
    expect(throttle.wait('one@x.example', '192.0.2.2', 0)).toBe(RULES.address.most);
  });

  it('does not hold everybody to account for one behind an undeclared proxy', () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 500; i++) throttle.attempt(`p${i}@x.example`, '127.0.0.1', 0);
    expect(throttle.wait('fresh@x.example', '127.0.0.1', 0)).toBe(0);
  });

  it('is not cleared of guessing at others by one right password', () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 60; i++) {
      throttle.attempt(`p${i}@x.example`, '192.0.2.1', 0);
      throttle.attempt('mine@x.example', '192.0.2.1', 0);
      throttle.succeeded('mine@x.example', '192.0.2.1');
    }
    expect(throttle.wait('mine@x.example', '192.0.2.1', 0)).toBeGreaterThan(0);
  });
});

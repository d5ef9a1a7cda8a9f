import { describe, expect, it } from 'vitest';
import { decideWait, LoginThrottle, type Outcome, RULES } from './throttle.ts';

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
    expect(decideWait({ failures, pending: 0, last: 1_000 }, RULES.pair, 1_000)).toBe(wait);
    expect(decideWait({ failures: 0, pending: failures, last: 0 }, RULES.pair, 1_000)).toBe(wait);
  });

  it('shrinks with time and forgets', () => {
    expect(decideWait({ failures: 6, pending: 0, last: 0 }, RULES.pair, 1_500)).toBe(500);
    expect(decideWait({ failures: 6, pending: 0, last: 0 }, RULES.pair, 2_000)).toBe(0);
    expect(decideWait({ failures: 500, pending: 0, last: 0 }, { free: 5, most: 10 ** 9 }, 899_999)).toBeGreaterThan(0);
    expect(decideWait({ failures: 500, pending: 0, last: 0 }, { free: 5, most: 10 ** 9 }, 900_000)).toBe(0);
    expect(decideWait(undefined, RULES.pair, 0)).toBe(0);
  });
});

describe('LoginThrottle', () => {
  const tried = (throttle: LoginThrottle, account: string, remote: string, outcome: Outcome = 'wrong') =>
    throttle.attempt(account, remote)(outcome, 0);

  it.each(['192.0.2.1', '127.0.0.1', '::1'])('slows a host that tries many people, loopback too: %s', (host) => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 60; i++) tried(throttle, `p${i}@x.example`, host);
    expect(throttle.wait('fresh@x.example', host, 0)).toMatchObject({ because: 'source' });
    expect(throttle.wait('fresh@x.example', '192.0.2.2', 0)).toBeUndefined();
  });

  it('slows a crowd that tries one person, but never for long', () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 1_000; i++) tried(throttle, 'one@x.example', `198.51.100.${i}`);
    expect(throttle.wait('one@x.example', '192.0.2.2', 0)).toEqual({ ms: RULES.account.most, because: 'account' });
  });

  it('counts what was tried and nothing else', () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 500; i++) tried(throttle, 'one@x.example', '192.0.2.1', 'untried');
    expect(throttle.wait('one@x.example', '192.0.2.1', 0)).toBeUndefined();
  });

  it('lets no more through at once than one after another', () => {
    const throttle = new LoginThrottle();
    const settle = Array.from({ length: 5 }, () => throttle.attempt('one@x.example', '192.0.2.1'));
    expect(throttle.wait('one@x.example', '192.0.2.1', 0)).toEqual({ ms: 1_000, because: 'pair' });
    for (const one of settle) one('untried', 0);
    expect(throttle.wait('one@x.example', '192.0.2.1', 0)).toBeUndefined();
  });

  it('is not cleared of guessing at others by one right password', () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 60; i++) {
      tried(throttle, `p${i}@x.example`, '192.0.2.1');
      tried(throttle, 'mine@x.example', '192.0.2.1', 'right');
    }
    expect(throttle.wait('mine@x.example', '192.0.2.1', 0)?.ms).toBeGreaterThan(0);
  });

  it('counts a known device by itself, whatever strangers did', () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 1_000; i++) tried(throttle, 'mine@x.example', '192.0.2.1');
    expect(throttle.wait('mine@x.example', '192.0.2.1', 0, 'laptop')).toBeUndefined();
    for (let i = 0; i < RULES.device.free; i++) throttle.attempt('mine@x.example', '192.0.2.9', 'laptop')('wrong', 0);
    expect(throttle.wait('mine@x.example', '192.0.2.9', 0, 'laptop')).toEqual({ ms: 1_000, because: 'device' });
    expect(throttle.wait('mine@x.example', '192.0.2.9', 0, 'phone')).toBeUndefined();
    // Nor are its failures the account's: neither of the source nor of the person elsewhere.
    expect(throttle.wait('other@x.example', '192.0.2.9', 0)).toBeUndefined();
    throttle.attempt('mine@x.example', '192.0.2.9', 'laptop')('right', 0);
    expect(throttle.wait('mine@x.example', '192.0.2.9', 0, 'laptop')).toBeUndefined();
  });

  it('forgives a pair its mistakes when the password was right', () => {
    const throttle = new LoginThrottle();
    for (let i = 0; i < 4; i++) tried(throttle, 'mine@x.example', '192.0.2.1');
    tried(throttle, 'mine@x.example', '192.0.2.1', 'right');
    for (let i = 0; i < 4; i++) tried(throttle, 'mine@x.example', '192.0.2.1');
    expect(throttle.wait('mine@x.example', '192.0.2.1', 0)).toBeUndefined();
  });
});

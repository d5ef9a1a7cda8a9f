import { describe, expect, it } from 'vitest';
import { steeredClock } from '../../control/testkit/index.ts';
import { WrongKeyLimit } from './wrong-keys.ts';

describe('WrongKeyLimit', () => {
  it('says how long to wait, and is right', () => {
    const clock = steeredClock();
    const limit = new WrongKeyLimit(6, clock);
    for (let n = 0; n < 6; n++) expect(limit.take('192.0.2.1').wait).toBe(0);
    expect(limit.take('192.0.2.1').wait).toBe(10);
    clock.advance(9_000);
    expect(limit.take('192.0.2.1').wait).toBe(1);
    clock.advance(1_000);
    expect(limit.take('192.0.2.1')).toMatchObject({ wait: 0, count: 9 });
    clock.advance(3_600_000);
    expect(limit.take('192.0.2.1')).toMatchObject({ wait: 0, count: 1 });
  });

  it('tells of those who had more than they may, for ten minutes, and of no others', () => {
    const clock = steeredClock();
    const limit = new WrongKeyLimit(2, clock);
    for (let n = 0; n < 2; n++) limit.take('192.0.2.1');
    for (let n = 0; n < 3; n++) limit.take('192.0.2.2');
    for (let n = 0; n < 5; n++) limit.take('192.0.2.3');
    expect(limit.recent().map(({ remote, count }) => [remote, count])).toEqual([
      ['192.0.2.3', 5],
      ['192.0.2.2', 3],
    ]);
    clock.advance(600_000);
    expect(limit.recent()).toEqual([]);
  });

  it('keeps its memory bounded and forgets who was silent longest', () => {
    const limit = new WrongKeyLimit(1, steeredClock());
    limit.take('192.0.2.1');
    limit.take('192.0.2.2');
    for (let n = 0; n < 9_999; n++) {
      limit.take(`10.0.${n >> 8}.${n & 255}`);
      if (n % 100 === 0) limit.take('192.0.2.2');
    }
    expect(limit.take('192.0.2.2').wait).toBeGreaterThan(0);
    expect(limit.take('192.0.2.1').wait).toBe(0);
  });
});

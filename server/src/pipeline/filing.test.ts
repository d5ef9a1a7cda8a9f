import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from './config.ts';
import { Filing } from './filing.ts';

const DAY = 86_400_000_000_000n;
const ARRIVAL = 20_717n * DAY + 5n;

function place(filing: Filing, time: bigint) {
  filing.place(Number(time & 0xffff_ffffn), Number(time >> 32n));
  const join = (low: number, high: number) => (BigInt(high) << 32n) | BigInt(low);
  return {
    at: join(filing.low, filing.high),
    day: filing.day,
    original: join(filing.originalLow, filing.originalHigh),
    marks: filing.marks,
  };
}

it('knows the day to the nanosecond', () => {
  const filing = new Filing(DEFAULT_LIMITS);
  filing.begin(ARRIVAL);
  for (const day of [20_690n, 20_716n, 20_717n, 20_716n])
    for (const [time, expected] of [
      [day * DAY, day],
      [day * DAY + DAY - 1n, day],
      [day * DAY - 1n, day - 1n],
    ] as const)
      expect(place(filing, time)).toEqual({ at: time, day: Number(expected), original: 0n, marks: 0 });
});

it('keeps the edges of the window and files what is beyond at arrival', () => {
  const filing = new Filing(DEFAULT_LIMITS);
  filing.begin(ARRIVAL);
  const [from, to] = [ARRIVAL - 30n * DAY, ARRIVAL + DAY];
  for (const inside of [from, to]) expect(place(filing, inside)).toMatchObject({ at: inside, marks: 0 });
  for (const outside of [from - 1n, to + 1n, 1n, 2n ** 64n - 1n])
    expect(place(filing, outside)).toEqual({ at: ARRIVAL, day: 20_717, original: outside, marks: 1 });
  expect(place(filing, 0n)).toEqual({ at: ARRIVAL, day: 20_717, original: 0n, marks: 2 });
  expect([filing.minTime, filing.maxTime]).toEqual([from, to]);
});

it('has empty bounds before the first record of a batch', () => {
  const filing = new Filing(DEFAULT_LIMITS);
  filing.begin(ARRIVAL);
  place(filing, ARRIVAL);
  filing.begin(ARRIVAL + DAY);
  expect([filing.minTime, filing.maxTime]).toEqual([0n, 0n]);
});

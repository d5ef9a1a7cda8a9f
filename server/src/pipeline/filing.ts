import { MARK_BITS } from '#base';
import type { IntakeLimits } from './config.ts';

const DAY_NANOS = 86_400_000_000_000n;
const MASK = 0xffff_ffffn;
const TIME_PLACED = MARK_BITS['time-placed'];
const TIME_MISSING = MARK_BITS['time-missing'];

/**
 * Where a record is filed in time: at its own time, or at its arrival when that is absent or outside the window. Times
 * are unsigned 64-bit nanoseconds in two halves of 32 bits, each held as a non-negative number. The result of `place`
 * stays in `low`, `high`, `day`, `original…` and `marks` until the next call.
 */
export class Filing {
  low = 0;
  high = 0;
  /** Days since 1970, UTC, of the filing time. */
  day = 0;
  originalLow = 0;
  originalHigh = 0;
  marks = 0;

  arrivalLow = 0;
  arrivalHigh = 0;
  #arrivalDay = 0;
  #arrival = 0n;
  #fromLow = 0;
  #fromHigh = 0;
  #toLow = 0;
  #toHigh = 0;
  // The day of the last record, as a half-open range, so that a day is computed once per run of records.
  #day = 0;
  #dayFromLow = 0;
  #dayFromHigh = 0;
  #dayToLow = 0;
  #dayToHigh = 0;
  #leastLow = 0;
  #leastHigh = 0;
  #mostLow = 0;
  #mostHigh = 0;
  #any = false;
  readonly #past: bigint;
  readonly #future: bigint;

  constructor(limits: IntakeLimits) {
    this.#past = BigInt(limits.pastWindowMs) * 1_000_000n;
    this.#future = BigInt(limits.futureWindowMs) * 1_000_000n;
  }

  begin(arrival: bigint): void {
    const from = arrival > this.#past ? arrival - this.#past : 1n;
    const to = arrival + this.#future;
    this.#arrival = arrival;
    this.arrivalLow = Number(arrival & MASK);
    this.arrivalHigh = Number(arrival >> 32n);
    this.#fromLow = Number(from & MASK);
    this.#fromHigh = Number(from >> 32n);
    this.#toLow = Number(to & MASK);
    this.#toHigh = Number(to >> 32n);
    this.#enterDay(arrival);
    this.#arrivalDay = this.#day;
    this.#any = false;
  }

  /** 0 means that no time was sent. Also widens the bounds of the batch. */
  place(low: number, high: number): void {
    if (low === 0 && high === 0) {
      this.#atArrival(TIME_MISSING);
      return;
    }
    if (
      high < this.#fromHigh ||
      (high === this.#fromHigh && low < this.#fromLow) ||
      high > this.#toHigh ||
      (high === this.#toHigh && low > this.#toLow)
    ) {
      this.#atArrival(TIME_PLACED);
      this.originalLow = low;
      this.originalHigh = high;
      return;
    }
    if (
      high < this.#dayFromHigh ||
      (high === this.#dayFromHigh && low < this.#dayFromLow) ||
      high > this.#dayToHigh ||
      (high === this.#dayToHigh && low >= this.#dayToLow)
    )
      this.#enterDay((BigInt(high) << 32n) | BigInt(low));
    this.low = low;
    this.high = high;
    this.day = this.#day;
    this.originalLow = 0;
    this.originalHigh = 0;
    this.marks = 0;
    this.#widen(low, high);
  }

  get minTime(): bigint {
    return this.#any ? (BigInt(this.#leastHigh) << 32n) | BigInt(this.#leastLow) : 0n;
  }

  get maxTime(): bigint {
    return this.#any ? (BigInt(this.#mostHigh) << 32n) | BigInt(this.#mostLow) : 0n;
  }

  get arrival(): bigint {
    return this.#arrival;
  }

  #atArrival(marks: number): void {
    this.low = this.arrivalLow;
    this.high = this.arrivalHigh;
    this.day = this.#arrivalDay;
    this.originalLow = 0;
    this.originalHigh = 0;
    this.marks = marks;
    this.#widen(this.low, this.high);
  }

  #widen(low: number, high: number): void {
    if (!this.#any) {
      this.#any = true;
      this.#leastLow = this.#mostLow = low;
      this.#leastHigh = this.#mostHigh = high;
      return;
    }
    if (high < this.#leastHigh || (high === this.#leastHigh && low < this.#leastLow)) {
      this.#leastLow = low;
      this.#leastHigh = high;
    } else if (high > this.#mostHigh || (high === this.#mostHigh && low > this.#mostLow)) {
      this.#mostLow = low;
      this.#mostHigh = high;
    }
  }

  #enterDay(time: bigint): void {
    const day = time / DAY_NANOS;
    const from = day * DAY_NANOS;
    const to = from + DAY_NANOS;
    this.#day = Number(day);
    this.#dayFromLow = Number(from & MASK);
    this.#dayFromHigh = Number(from >> 32n);
    this.#dayToLow = Number(to & MASK);
    this.#dayToHigh = Number(to >> 32n);
  }
}

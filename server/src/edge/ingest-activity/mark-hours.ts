import type { IngestMarked, Mark, Signal } from '@hanok/contract';

/** Marks of records that were stored otherwise than they were sent; the others only note something. */
const CHANGED: ReadonlySet<Mark> = new Set<Mark>([
  'value-cut',
  'key-cut',
  'attributes-dropped',
  'depth-cut',
  'time-placed',
  'time-missing',
  'end-before-start',
  'utf8-repaired',
  'id-unreadable',
  'severity-out-of-range',
  'enum-unknown',
  'business-id-differed',
]);

const MINUTES = 60;
const MINUTE_MS = 60_000;

interface Hour {
  readonly mark: Mark;
  readonly signal: Signal;
  /** Records per minute of the last hour; slots are cleared when they are next used. */
  readonly counts: Float64Array;
  readonly minutes: Float64Array;
  at: number;
}

/** How many records of a tenant were cut, moved or repaired over the last hour, by mark and signal. Memory only: at most 36 such counts. */
export class MarkHours {
  readonly #hours = new Map<string, Hour>();

  /** @param at Unix milliseconds. */
  add(at: number, signal: Signal, marks: Readonly<Partial<Record<Mark, number>>>): void {
    for (const [mark, count] of Object.entries(marks) as [Mark, number][])
      if (count > 0 && CHANGED.has(mark)) this.#count(at, signal, mark, count);
  }

  #count(at: number, signal: Signal, mark: Mark, count: number): void {
    const key = `${mark} ${signal}`;
    let hour = this.#hours.get(key);
    if (!hour) {
      hour = { mark, signal, counts: new Float64Array(MINUTES), minutes: new Float64Array(MINUTES).fill(-1), at };
      this.#hours.set(key, hour);
    }
    const minute = Math.floor(at / MINUTE_MS);
    const slot = minute % MINUTES;
    if (hour.minutes[slot] !== minute) {
      hour.minutes[slot] = minute;
      hour.counts[slot] = 0;
    }
    hour.counts[slot]! += count;
    hour.at = Math.max(hour.at, at);
  }

  /** Most records first. What is an hour old is forgotten. */
  view(now: number): IngestMarked[] {
    const first = Math.floor(now / MINUTE_MS) - MINUTES + 1;
    const marked: IngestMarked[] = [];
    for (const [key, hour] of this.#hours) {
      const records = hour.counts.reduce((sum, count, slot) => (hour.minutes[slot]! < first ? sum : sum + count), 0);
      if (records === 0) this.#hours.delete(key);
      else marked.push({ mark: hour.mark, signal: hour.signal, records, at: `${Math.round(hour.at)}000000` });
    }
    return marked.sort((a, b) => b.records - a.records);
  }
}

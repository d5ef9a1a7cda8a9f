import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Line } from './messages.ts';
import { lastLines, newest, newestLines } from './newest.ts';

const line = (time: number, id = String(time)): Line => ({ time: BigInt(time), id, data: id });
const some = (lines: number) => ({ lines, characters: 1_000 });
const times = (lines: readonly Line[]) => lines.map(({ time }) => Number(time));

describe('the last lines', () => {
  it('are the newest, oldest first, in the order they came where times are equal', () => {
    expect(
      times(
        newest(
          [3, 1, 2].map((time) => line(time)),
          2,
        ),
      ),
    ).toEqual([2, 3]);
    expect(newest([line(1, 'b'), line(1, 'a')], 5).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(newest([line(1)], 0)).toEqual([]);
  });

  it('are so many that they are short enough together, and one at least', () => {
    const long = (time: number, length: number) => ({ ...line(time), data: 'x'.repeat(length) });
    const lines = [long(1, 10), long(2, 600), long(3, 300), long(4, 100)];
    expect(times(newestLines(lines, { lines: 10, characters: 1_000 }))).toEqual([2, 3, 4]);
    expect(times(newestLines(lines, { lines: 10, characters: 999 }))).toEqual([3, 4]);
    expect(times(newestLines(lines, { lines: 10, characters: 1 }))).toEqual([4]);
    expect(times(newestLines(lines, { lines: 1, characters: 1_000 }))).toEqual([4]);
  });

  it('have no gap and no double wherever the store stood when it answered', () => {
    fc.assert(
      fc.property(
        // Batches in the order of the journal; the store had taken in so many before, and so many more when it answered.
        fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 5 }), { maxLength: 8 }),
        fc.nat(8),
        fc.nat(8),
        fc.integer({ min: 1, max: 40 }),
        (batches, before, more, most) => {
          const lines = batches.map((batch, b) => batch.map((time, i) => line(time, `${b}/${i}`)));
          const taken = Math.min(before, lines.length);
          const stored = newest(lines.slice(0, Math.min(taken + more, lines.length)).flat(), most);
          const heard = lines.slice(taken).flat();
          const last = lastLines(stored, heard, some(most));
          expect(new Set(last.map(({ id }) => id)).size).toBe(last.length);
          expect(times(last)).toEqual(times(newest(lines.flat(), most)));
        },
      ),
    );
  });

  it('keep lines that are alike as often as they were sent', () => {
    expect(lastLines([line(1), line(1), line(1)], [line(1)], some(10)).length).toBe(3);
    expect(lastLines([line(1)], [line(1), line(1)], some(10)).length).toBe(2);
  });
});

/** Draws what one sending of a template differs in. */
import type { Random } from './random.ts';
import type { Emission } from './template.ts';

/** Milliseconds since the epoch and nanoseconds after them, as the two words of one number of nanoseconds. */
function splitNanos(ms: number, nanos: number): [low: number, high: number] {
  const whole = BigInt(Math.floor(ms)) * 1_000_000n + BigInt(nanos);
  return [Number(whole & 0xffff_ffffn), Number(whole >> 32n)];
}

/** Fresh ids for `slots` traces whose times begin at `baseMs(slot)`. */
export function emission(random: Random, slots: number, baseMs: (slot: number) => number): Emission {
  const traceIds = new Uint32Array(slots * 4);
  for (let i = 0; i < traceIds.length; i++) traceIds[i] = random.uint32();
  const baseLow = new Uint32Array(slots);
  const baseHigh = new Uint32Array(slots);
  for (let slot = 0; slot < slots; slot++) {
    const [low, high] = splitNanos(baseMs(slot), random.below(1_000_000));
    baseLow[slot] = low;
    baseHigh[slot] = high;
  }
  return { traceIds, baseLow, baseHigh, salt: [random.uint32(), random.uint32()], word: () => random.uint32() };
}

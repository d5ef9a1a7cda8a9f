import type { Signal, TenantId } from '@hanok/contract';

export interface Cost {
  readonly records: number;
  /** Inflated. */
  readonly bytes: number;
}

interface Habit {
  recordsPerByte: number;
  inflation: number;
  wireBytes: number;
}

/** For the first request of a tenant: a log record of ordinary length. */
const BYTES_PER_RECORD = 200;
/** Each new request moves the habit by this share: a change of a sender's batches is learnt within some ten requests. */
const WEIGHT = 0.2;

/**
 * What a request will cost its tenant's buckets, guessed before its body is read from what the same tenant's earlier
 * requests of the same signal turned out to be.
 */
export class CostEstimate {
  readonly #habits = new Map<string, Habit>();

  guess(tenant: TenantId, signal: Signal, wireBytes: number | undefined, compressed: boolean): Cost {
    const habit = this.#habits.get(keyOf(tenant, signal, compressed));
    const wire = wireBytes ?? habit?.wireBytes ?? 0;
    if (!habit) return { records: Math.ceil(wire / BYTES_PER_RECORD), bytes: wire };
    return { records: Math.ceil(wire * habit.recordsPerByte), bytes: Math.ceil(wire * habit.inflation) };
  }

  learn(tenant: TenantId, signal: Signal, wireBytes: number, compressed: boolean, cost: Cost): void {
    if (wireBytes === 0) return;
    const seen = { recordsPerByte: cost.records / wireBytes, inflation: cost.bytes / wireBytes, wireBytes };
    const key = keyOf(tenant, signal, compressed);
    const habit = this.#habits.get(key);
    if (!habit) {
      this.#habits.set(key, seen);
      return;
    }
    habit.recordsPerByte += WEIGHT * (seen.recordsPerByte - habit.recordsPerByte);
    habit.inflation += WEIGHT * (seen.inflation - habit.inflation);
    habit.wireBytes += WEIGHT * (seen.wireBytes - habit.wireBytes);
  }
}

function keyOf(tenant: TenantId, signal: Signal, compressed: boolean): string {
  return `${tenant} ${signal} ${compressed}`;
}

import type { Batch, Sequence } from '#base';
import type { EntryHeader } from './format.ts';

/** Answers leave within milliseconds of the sync; entries older than this at the crash had theirs. */
const UNANSWERED_MS = 10_000;
/** An exporter that heard nothing repeats within seconds, and most give up after five minutes. */
const REMEMBER_MS = 10 * 60_000;
const MOST = 50_000;

/**
 * Requests that were stored when the process or the power went, and whose senders may not have heard so. The same
 * request sent again is answered with where it lies instead of being stored twice.
 *
 * Only a repeat byte for byte is recognised, once for each time it was stored, and only when all its times come from
 * the sender: times of arrival differ. 32 bits of checksum and two times in nanoseconds make it the same request.
 */
export class Repeats {
  readonly #stored = new Map<string, Sequence[]>();
  readonly #until: number;

  /** `newest`: headers from the journal's end, oldest first. `now`: monotonic milliseconds. */
  constructor(newest: readonly EntryHeader[], now: number) {
    this.#until = now + REMEMBER_MS;
    const last = newest.at(-1)?.appendedAt ?? 0;
    for (const header of newest.slice(-MOST)) {
      if (header.fingerprint === 0 || header.appendedAt < last - UNANSWERED_MS) continue;
      const key = keyOf(header);
      const list = this.#stored.get(key);
      if (list) list.push(header.sequence);
      else this.#stored.set(key, [header.sequence]);
    }
  }

  /** Where it lies when it is a repeat; the next one alike is not. */
  take(batch: Batch, now: number): Sequence | undefined {
    if (this.#stored.size === 0 || !batch.fingerprint) return undefined;
    if (now > this.#until) {
      this.#stored.clear();
      return undefined;
    }
    const key = keyOf(batch);
    const list = this.#stored.get(key);
    const sequence = list?.shift();
    if (list?.length === 0) this.#stored.delete(key);
    return sequence;
  }
}

function keyOf(
  one: Pick<EntryHeader, 'tenant' | 'signal' | 'records' | 'minTime' | 'maxTime'> & { fingerprint?: number },
) {
  return `${one.tenant} ${one.signal} ${one.records} ${one.minTime} ${one.maxTime} ${one.fingerprint}`;
}

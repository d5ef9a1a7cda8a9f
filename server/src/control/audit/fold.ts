/**
 * Denials come in floods; a flood must not become a flood of durable writes. The first of a kind is written at once,
 * its repeats within the window are counted and written as one row when the window ends.
 */
export interface Folded<T> {
  readonly entry: T;
  /** How many further ones this row stands for. */
  readonly repeated: number;
}

interface Kind<T> {
  readonly entry: T;
  readonly since: number;
  repeated: number;
}

const WINDOW_MS = 60_000;
const MOST_KINDS = 2_048;

export class Folder<T> {
  readonly #kinds = new Map<string, Kind<T>>();
  /**
   * What arrived while too many kinds were open, counted together so that memory stays bounded, by owner (a tenant, or
   * null): the row that tells of it is read by its owner, who shall not hear of others'.
   */
  readonly #overflow = new Map<string | null, Kind<T>>();

  /** True when the entry is to be written now. */
  take(key: string, owner: string | null, entry: T, now: number): boolean {
    const known = this.#kinds.get(key);
    if (known) {
      known.repeated++;
      return false;
    }
    if (this.#kinds.size < MOST_KINDS) {
      this.#kinds.set(key, { entry, since: now, repeated: 0 });
      return true;
    }
    const overflow = this.#overflow.get(owner);
    if (overflow) overflow.repeated++;
    else this.#overflow.set(owner, { entry, since: now, repeated: 1 });
    return false;
  }

  /** Ends the windows that are over (all of them with `now` Infinity) and returns what they counted. */
  due(now: number): Folded<T>[] {
    const result: Folded<T>[] = [];
    for (const [key, kind] of this.#kinds) {
      // Insertion order is time order.
      if (now - kind.since < WINDOW_MS) break;
      this.#kinds.delete(key);
      if (kind.repeated > 0) result.push({ entry: kind.entry, repeated: kind.repeated });
    }
    for (const [owner, { entry, since, repeated }] of this.#overflow) {
      if (now - since < WINDOW_MS) break;
      this.#overflow.delete(owner);
      result.push({ entry, repeated });
    }
    return result;
  }
}

import type { AuditEntry } from './log.ts';

/** A read of a tenant's data by somebody who is not of that tenant. */
export interface ReadNote {
  /** `tenant` is whose data it is. */
  readonly entry: AuditEntry & { readonly tenant: string };
  /** What was asked, as text; the closing row of a window lists them. */
  readonly asked: string;
}

interface Window {
  readonly note: ReadNote;
  readonly since: number;
  /** Resolves when the first row is durable. */
  readonly written: Promise<void>;
  repeated: number;
  /** What was asked after the first, each once. */
  readonly asked: Set<string>;
}

/** A row tells of a quarter of an hour. */
const WINDOW_MS = 900_000;
const MOST_ASKED = 20;
/** Operators × tenants × kinds of things that are read at one time; beyond it the oldest window is closed early. */
const MOST_WINDOWS = 2_048;

/**
 * One row when a person begins to read a kind of thing of a tenant, durable before the read is answered, and one when a
 * quarter of an hour is over and more was read in it, with what else was asked.
 */
export class ReadLog {
  readonly #append: (entry: AuditEntry) => Promise<void>;
  readonly #windows = new Map<string, Window>();

  constructor(append: (entry: AuditEntry) => Promise<void>) {
    this.#append = append;
  }

  /** Resolves when the log tells of it; rejects when it cannot, and then nothing may be read. */
  async note(note: ReadNote, now: number): Promise<void> {
    const { entry, asked } = note;
    const key = JSON.stringify([entry.actor.name, entry.tenant, entry.action]);
    const open = this.#windows.get(key);
    if (open && now - open.since < WINDOW_MS) {
      open.repeated++;
      if (asked !== open.note.asked && open.asked.size < MOST_ASKED) open.asked.add(asked);
      return open.written;
    }
    this.#windows.delete(key);
    // The new window is there before anything is waited for: who comes meanwhile is counted in it.
    const written = (open ? this.#close(open) : Promise.resolve()).then(() => this.#append(entry));
    const window = { note, since: now, written, repeated: 0, asked: new Set<string>() };
    this.#windows.set(key, window);
    try {
      await written;
    } catch (error) {
      if (this.#windows.get(key) === window) this.#windows.delete(key);
      throw error;
    }
    if (this.#windows.size > MOST_WINDOWS) {
      const [oldest] = this.#windows;
      if (oldest) {
        this.#windows.delete(oldest[0]);
        await this.#close(oldest[1]);
      }
    }
  }

  /** Closes the windows that are over; all of them with `now` Infinity. */
  async flush(now: number): Promise<void> {
    for (const [key, window] of this.#windows) {
      // Insertion order is time order.
      if (now - window.since < WINDOW_MS) break;
      this.#windows.delete(key);
      await this.#close(window);
    }
  }

  async #close({ note: { entry }, repeated, asked, since }: Window): Promise<void> {
    if (repeated === 0) return;
    await this.#append({ ...entry, detail: { since: new Date(since).toISOString(), repeated, asked: [...asked] } });
  }
}

import { useSyncExternalStore } from 'react';
import { onVisibility } from './visibility.ts';

/**
 * Does the server answer? One state for the whole page, told by every call and every stream. Silence is never taken for
 * health: what fails or stays unanswered is followed by a probe, and when that fails too the server is away until
 * something answers again.
 */
export interface Connection {
  readonly away: Away | undefined;
}

export interface Away {
  /** Unix milliseconds; when the first call without an answer was noticed. */
  readonly since: number;
  /** When the last answer before came. */
  readonly lastAnswer: number | undefined;
  /** `unreachable`: no connection; `silent`: a connection, but no answer in time; `gateway`: something else answered in its place. */
  readonly reason: AwayReason;
}

export type AwayReason = 'unreachable' | 'silent' | 'gateway';

/** What this needs of the browser. */
export interface ConnectionDeps {
  readonly now: () => number;
  /** Asks the cheapest question there is. */
  readonly probe: () => Promise<'answered' | AwayReason>;
  /** Calls once after so many milliseconds; the result takes it back. */
  readonly later: (run: () => void, ms: number) => () => void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
/** A call that waits longer than this, while nothing else was answered, is a reason to ask whether anybody is there. */
const PATIENCE_MS = 10_000;

export class ConnectionState {
  readonly #deps: ConnectionDeps;
  readonly #changed = new Set<() => void>();
  readonly #back = new Set<() => void>();
  #state: Connection = { away: undefined };
  #answeredAt: number | undefined;
  #probing = false;
  #pause = FIRST_PAUSE_MS;
  #cancel: (() => void) | undefined;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
  }

  /** The same object until something has changed that screens show. */
  readonly current = (): Connection => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  };

  /** Told when the server answers again after it was away. */
  onBack(listener: () => void): () => void {
    this.#back.add(listener);
    return () => this.#back.delete(listener);
  }

  /** The server answered, whatever it said. */
  answered(): void {
    this.#answeredAt = this.#deps.now();
    if (!this.#state.away) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#pause = FIRST_PAUSE_MS;
    this.#set(undefined);
    for (const listener of [...this.#back]) listener();
  }

  /** A call or a stream failed, or has been silent for too long: is anybody there? */
  suspect(): void {
    // While it is away the next probe is planned already.
    if (this.#probing || this.#state.away) return;
    void this.#probe(this.#deps.now());
  }

  /** Asks at once instead of at the next planned time: the person came back, or the network did. */
  askNow(): void {
    if (!this.#state.away || this.#probing) return;
    this.#pause = FIRST_PAUSE_MS;
    void this.#probe(this.#state.away.since);
  }

  /** Watches one call: a server that takes connections and never answers makes none fail. The result is to be called when it ends. */
  watch(): () => void {
    let cancel: () => void;
    const look = () => {
      if ((this.#answeredAt ?? 0) <= this.#deps.now() - PATIENCE_MS) this.suspect();
      cancel = this.#deps.later(look, PATIENCE_MS);
    };
    cancel = this.#deps.later(look, PATIENCE_MS);
    return () => cancel();
  }

  async #probe(since: number): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#probing = true;
    const begun = this.#deps.now();
    const outcome = await this.#deps.probe();
    this.#probing = false;
    if (outcome === 'answered') return this.answered();
    // Something else was answered while the probe was under way.
    if ((this.#answeredAt ?? -1) > begun) return;
    const before = this.#state.away;
    if (before?.reason !== outcome)
      this.#set({ since: before?.since ?? since, lastAnswer: this.#answeredAt, reason: outcome });
    this.#cancel = this.#deps.later(() => void this.#probe(since), this.#pause);
    this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 2);
  }

  #set(away: Away | undefined): void {
    this.#state = { away };
    for (const listener of [...this.#changed]) listener();
  }
}

const PROBE = '/health/live';
const PROBE_TIMEOUT_MS = 4_000;

async function probe(): Promise<'answered' | AwayReason> {
  try {
    const response = await fetch(PROBE, { cache: 'no-store', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return response.ok ? 'answered' : 'gateway';
  } catch (error) {
    return error instanceof DOMException && error.name === 'TimeoutError' ? 'silent' : 'unreachable';
  }
}

/** The page's own. */
export const connection = new ConnectionState({
  now: () => Date.now(),
  probe,
  later: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
});

/** A person who comes back to the page, or a network that does, is not kept waiting for the next planned probe. */
export function followConnection(): void {
  const ask = () => connection.askNow();
  window.addEventListener('online', ask);
  window.addEventListener('offline', () => connection.suspect());
  onVisibility((visible) => visible && ask());
}

export function useConnection(): Connection {
  return useSyncExternalStore(connection.subscribe, connection.current);
}

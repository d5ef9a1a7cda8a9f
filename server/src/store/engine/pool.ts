import { EngineException } from './exception.ts';
import type { EngineSession } from './session.ts';

/** Statements that wait for a session beyond this many are refused rather than queued for longer than anybody waits. */
const MAX_WAITING = 200;

/** A fixed set of sessions handed out in the order asked for. */
export class SessionPool {
  readonly #free: EngineSession[];
  readonly #all: readonly EngineSession[];
  readonly #waiting: ((session: EngineSession) => void)[] = [];

  constructor(sessions: readonly EngineSession[]) {
    this.#all = sessions;
    this.#free = [...sessions];
  }

  /** Runs `work` with a session of its own. An aborted wait ends with code 394, as a cancelled query does. */
  async use<T>(signal: AbortSignal, work: (session: EngineSession) => Promise<T>): Promise<T> {
    const session = this.#free.pop() ?? (await this.#wait(signal));
    try {
      if (signal.aborted) throw cancelled();
      return await work(session);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(session);
      else this.#free.push(session);
    }
  }

  /** Every session must be idle. */
  close(): void {
    for (const session of this.#all) session.close();
  }

  get busy(): number {
    return this.#all.length - this.#free.length;
  }

  #wait(signal: AbortSignal): Promise<EngineSession> {
    if (this.#waiting.length >= MAX_WAITING)
      throw new EngineException(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', `${MAX_WAITING} statements are waiting already`);
    return new Promise((resolve, reject) => {
      const take = (session: EngineSession) => {
        signal.removeEventListener('abort', leave);
        resolve(session);
      };
      const leave = () => {
        const place = this.#waiting.indexOf(take);
        if (place >= 0) this.#waiting.splice(place, 1);
        reject(cancelled());
      };
      if (signal.aborted) return reject(cancelled());
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(take);
    });
  }
}

function cancelled(): EngineException {
  return new EngineException(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled by its client');
}

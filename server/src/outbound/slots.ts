import { fail } from './errors.ts';

interface Waiting {
  readonly begin: () => void;
}

interface Account {
  running: number;
  readonly waiting: Set<Waiting>;
}

/** How many requests run at once, of one tenant and of all. Those of a tenant that wait do so in order; few may. */
export class Slots<K> {
  readonly #perKey: number;
  readonly #atOnce: number;
  readonly #accounts = new Map<K, Account>();
  #running = 0;

  constructor(perKey: number, atOnce: number) {
    this.#perKey = perKey;
    this.#atOnce = atOnce;
  }

  get running(): number {
    return this.#running;
  }

  /** Resolves with what gives the slot back. Throws `outbound.busy`, or what `signal` was aborted with. */
  async take(key: K, signal: AbortSignal): Promise<() => void> {
    let account = this.#accounts.get(key);
    if (!account) {
      account = { running: 0, waiting: new Set() };
      this.#accounts.set(key, account);
    }
    const own = account;
    if (own.running >= this.#perKey || own.waiting.size > 0) {
      if (own.waiting.size >= this.#perKey * 4) throw this.#busy('too many requests of the tenant wait already');
      await this.#turn(own, signal);
    } else {
      if (this.#running >= this.#atOnce) {
        this.#forget(key, own);
        throw this.#busy('too many requests of the instance are under way');
      }
      own.running++;
      this.#running++;
    }
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const [next] = own.waiting;
      if (next) {
        // The slot goes from hand to hand.
        own.waiting.delete(next);
        next.begin();
        return;
      }
      own.running--;
      this.#running--;
      this.#forget(key, own);
    };
  }

  #turn(account: Account, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        begin: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        account.waiting.delete(waiting);
        reject(signal.reason);
      };
      if (signal.aborted) return onAbort();
      account.waiting.add(waiting);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #forget(key: K, account: Account): void {
    if (account.running === 0 && account.waiting.size === 0) this.#accounts.delete(key);
  }

  #busy(message: string) {
    return fail('outbound.busy', message);
  }
}

/** After this long half of what was used is forgiven: the memory of a few page loads. */
const HALF_LIFE_MS = 5_000;
/** Who asked nothing for this long is not waiting for an answer either. */
const ACTIVE_MS = 5_000;
/** Less is nothing. */
const FORGOTTEN = 1;

interface Account {
  debt: number;
  at: number;
  askedAt: number;
  /** When each question under way began. */
  readonly running: Map<number, number>;
}

/**
 * What tenants lately took of the engines, in milliseconds of work. Questions under way count by the time they have
 * taken so far; ended ones by what they cost, fading. All times are monotonic milliseconds.
 */
export class Debts {
  readonly #accounts = new Map<string, Account>();
  #next = 1;

  session(tenant: string, now: number): void {
    this.#account(tenant, now).askedAt = now;
  }

  begin(tenant: string, now: number): number {
    const id = this.#next++;
    this.#account(tenant, now).running.set(id, now);
    return id;
  }

  end(tenant: string, id: number, cost: number, now: number): void {
    const account = this.#account(tenant, now);
    account.running.delete(id);
    account.debt += cost;
  }

  of(tenant: string, now: number): number {
    const account = this.#accounts.get(tenant);
    return account ? total(account, now) : 0;
  }

  /** Tenants that have a question under way or asked one a moment ago, and the mean of what they used. */
  active(now: number): { readonly tenants: number; readonly mean: number } {
    let tenants = 0;
    let sum = 0;
    for (const [tenant, account] of this.#accounts) {
      if (account.running.size > 0 || now - account.askedAt < ACTIVE_MS) {
        tenants += 1;
        sum += total(account, now);
      } else if (total(account, now) < FORGOTTEN) this.#accounts.delete(tenant);
    }
    return { tenants, mean: tenants === 0 ? 0 : sum / tenants };
  }

  #account(tenant: string, now: number): Account {
    let account = this.#accounts.get(tenant);
    if (!account) {
      account = { debt: 0, at: now, askedAt: now, running: new Map() };
      this.#accounts.set(tenant, account);
    }
    account.debt = faded(account, now);
    account.at = now;
    return account;
  }
}

function faded(account: Account, now: number): number {
  return account.debt * 0.5 ** (Math.max(0, now - account.at) / HALF_LIFE_MS);
}

function total(account: Account, now: number): number {
  let sum = faded(account, now);
  for (const since of account.running.values()) sum += now - since;
  return sum;
}

import type { TenantId } from '@hanok/contract';
import type { Clock, Meter } from '#base';
import { fail } from '../errors.ts';
import type { QueryLimitsOf } from '../query-limits.ts';
import { Debts } from './debts.ts';
import { decideTurn, type Grant, type TurnLimits } from './decide.ts';

export interface TurnsConfig extends TurnLimits {
  /** Questions of one tenant that may wait. */
  readonly queue: number;
  /** Longest wait, in milliseconds. */
  readonly waitMs: number;
}

/** One question under way. `end` must be called once; calling it again does nothing. */
export interface Turn extends Grant {
  /** @param bytesRead by the engine; unknown when the question failed. */
  end(bytesRead?: number): void;
}

interface Waiting {
  readonly grant: (turn: Turn) => void;
}

/**
 * A question costs what it read, at the pace of one core with a costly filter, plus its fixed part; never more than the
 * time it took. Time alone would charge a tenant for having waited behind another.
 */
const BYTES_PER_MS = 200_000;
const FIXED_MS = 5;
/** What a client that waited in vain should wait before it comes again. Seconds. */
const COME_AGAIN = 2;

/**
 * Turns at asking the engines, fair between tenants: who used least goes first. A tenant's own questions keep their
 * order. Which may begin is `decideTurn`'s decision.
 */
export class Turns {
  readonly #config: TurnsConfig;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #engineOf: (tenant: TenantId) => string;
  readonly #limitsOf: QueryLimitsOf;
  readonly #debts = new Debts();
  readonly #lanes = new Map<TenantId, Waiting[]>();
  readonly #running = new Map<TenantId, number>();
  readonly #runningIn = new Map<string, number>();
  #yieldingInAll = 0;
  readonly #refused;
  readonly #yielded;
  readonly #waited;
  readonly #waiting;

  constructor(
    config: TurnsConfig,
    deps: {
      readonly clock: Pick<Clock, 'monotonic'>;
      readonly meter: Meter;
      /** Which engine answers a tenant. */
      readonly engineOf: (tenant: TenantId) => string;
      readonly limitsOf?: QueryLimitsOf;
    },
  ) {
    const { clock, meter } = deps;
    this.#config = config;
    this.#clock = clock;
    this.#engineOf = deps.engineOf;
    this.#limitsOf = deps.limitsOf ?? (() => undefined);
    this.#refused = meter.counter('hanok_query_refused_total', 'Questions to the store refused: too many waiting.');
    this.#yielded = meter.counter(
      'hanok_query_yielding_total',
      'Questions run one at a time, so as to yield to others.',
    );
    this.#waited = meter.counter('hanok_query_wait_milliseconds', 'Time questions waited for their turn.');
    this.#waiting = meter.gauge('hanok_query_waiting', 'Questions waiting for their turn.');
  }

  /** Throws `query.too-many`, `query.busy` after the longest wait, or the signal's reason. */
  async take(tenant: TenantId, signal: AbortSignal): Promise<Turn> {
    const now = this.#clock.monotonic();
    this.#debts.session(tenant, now);
    const lane = this.#lanes.get(tenant);
    const turn = lane ? undefined : this.#tryBegin(tenant, now);
    if (turn) return turn;
    if (lane && lane.length >= this.#config.queue) {
      this.#refused.add(1);
      throw fail('query.too-many', `${lane.length} questions of this tenant wait already`, { retryAfter: COME_AGAIN });
    }
    return this.#wait(tenant, signal);
  }

  #wait(tenant: TenantId, signal: AbortSignal): Promise<Turn> {
    const since = this.#clock.monotonic();
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        this.#waiting.set(this.#waiting.value - 1);
        this.#waited.add(this.#clock.monotonic() - since);
      };
      const waiting: Waiting = {
        grant: (turn) => {
          settle();
          resolve(turn);
        },
      };
      const give = (error: unknown) => {
        this.#drop(tenant, waiting);
        settle();
        reject(error);
        // It may have stood before one that may go.
        this.#dispatch();
      };
      const leave = () => give(signal.reason);
      const timer = setTimeout(() => {
        this.#refused.add(1);
        const seconds = this.#config.waitMs / 1_000;
        give(
          fail('query.busy', `the store had no turn for this query within ${seconds} s`, { retryAfter: COME_AGAIN }),
        );
      }, this.#config.waitMs);
      if (signal.aborted) {
        clearTimeout(timer);
        reject(signal.reason);
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      const lane = this.#lanes.get(tenant);
      if (lane) lane.push(waiting);
      else this.#lanes.set(tenant, [waiting]);
      this.#waiting.set(this.#waiting.value + 1);
    });
  }

  #drop(tenant: TenantId, waiting: Waiting): void {
    const lane = this.#lanes.get(tenant);
    const position = lane?.indexOf(waiting) ?? -1;
    if (lane && position >= 0) lane.splice(position, 1);
    if (lane?.length === 0) this.#lanes.delete(tenant);
  }

  #tryBegin(tenant: TenantId, now: number): Turn | undefined {
    const { tenants, mean } = this.#debts.active(now);
    const running = this.#running.get(tenant) ?? 0;
    const engine = this.#engineOf(tenant);
    const runningInEngine = this.#runningIn.get(engine) ?? 0;
    const grant = decideTurn(
      {
        debt: this.#debts.of(tenant, now),
        fairShare: mean,
        contended: tenants > 1,
        running,
        allowed: this.#limitsOf(tenant)?.queriesAtOnce ?? Number.POSITIVE_INFINITY,
        runningInEngine,
        yieldingInAll: this.#yieldingInAll,
      },
      this.#config,
    );
    if (!grant) return undefined;
    const id = this.#debts.begin(tenant, now);
    this.#running.set(tenant, running + 1);
    this.#runningIn.set(engine, runningInEngine + 1);
    if (grant.yielding) {
      this.#yieldingInAll += 1;
      this.#yielded.add(1);
    }
    let ended = false;
    return {
      ...grant,
      end: (bytesRead) => {
        if (ended) return;
        ended = true;
        const at = this.#clock.monotonic();
        const took = at - now;
        const cost = bytesRead === undefined ? took : Math.min(took, FIXED_MS + bytesRead / BYTES_PER_MS);
        this.#debts.end(tenant, id, cost, at);
        lower(this.#running, tenant);
        lower(this.#runningIn, engine);
        if (grant.yielding) this.#yieldingInAll -= 1;
        this.#dispatch();
      },
    };
  }

  /** Whoever waits goes as far as may be, the tenant that used least first. Progress: all waiting wait for an `end`. */
  #dispatch(): void {
    for (let again = this.#lanes.size > 0; again; ) {
      again = false;
      const now = this.#clock.monotonic();
      const tenants = [...this.#lanes.keys()].sort((a, b) => this.#debts.of(a, now) - this.#debts.of(b, now));
      for (const tenant of tenants) {
        this.#debts.session(tenant, now);
        const turn = this.#tryBegin(tenant, now);
        if (!turn) continue;
        const lane = this.#lanes.get(tenant)!;
        const first = lane.shift()!;
        if (lane.length === 0) this.#lanes.delete(tenant);
        first.grant(turn);
        again = this.#lanes.size > 0;
        break;
      }
    }
  }
}

function lower<K>(counts: Map<K, number>, key: K): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}

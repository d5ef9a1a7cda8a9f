import { availableParallelism } from 'node:os';
import type { TenantId } from '@hanok/contract';
import type { Clock, Log, Meter, RouteContext } from '#base';
import type { Store } from '#store';
import { Turns } from './admission/turns.ts';
import type { QueryConfig } from './config.ts';
import { Surroundings } from './decode/surroundings.ts';
import { QuerySession } from './query-session.ts';
import { type Range, type RangeInput, readRange } from './range.ts';
import { type WindowEstimate, WindowEstimates } from './window-estimates.ts';

/** What the handlers have in common. */
export class Queries {
  readonly config: QueryConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly around: Surroundings;
  readonly #store: Pick<Store, 'select'>;
  readonly #turns: Turns;
  readonly #estimates = new WindowEstimates();

  constructor(
    config: QueryConfig,
    deps: {
      readonly store: Pick<Store, 'select'>;
      readonly clock: Clock;
      readonly log: Log;
      readonly meter: Meter;
      readonly engineOf: (tenant: TenantId) => string;
    },
  ) {
    this.config = config;
    this.#store = deps.store;
    this.clock = deps.clock;
    this.around = new Surroundings(deps.clock);
    this.log = deps.log;
    this.meter = deps.meter;
    const yieldingAtOnce = Math.max(1, Math.floor(availableParallelism() / 2));
    this.#turns = new Turns({ atOnce: config.atOnce, yieldingAtOnce, queue: config.queue, waitMs: config.wait }, deps);
  }

  session(context: Pick<RouteContext<unknown>, 'caller' | 'signal' | 'requestId'>): QuerySession {
    return new QuerySession(this.#store, context, this.#turns);
  }

  /** `question` names what is asked without its range and its position. */
  windowEstimate(session: QuerySession, question: string): WindowEstimate {
    return this.#estimates.of(session.caller.tenant, question);
  }

  range(input: RangeInput): Range {
    return readRange(input, this.clock, this.config.maxRange);
  }
}

import type { Clock, Log, Meter, RouteContext } from '#base';
import type { Store } from '#store';
import { Ask } from './ask.ts';
import type { QueryConfig } from './config.ts';
import { Surroundings } from './decode/surroundings.ts';
import { type Range, type RangeInput, readRange } from './range.ts';

/** What the handlers have in common. */
export class Room {
  readonly config: QueryConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly around = new Surroundings();
  readonly #store: Pick<Store, 'select'>;

  constructor(
    config: QueryConfig,
    deps: { readonly store: Pick<Store, 'select'>; readonly clock: Clock; readonly log: Log; readonly meter: Meter },
  ) {
    this.config = config;
    this.#store = deps.store;
    this.clock = deps.clock;
    this.log = deps.log;
    this.meter = deps.meter;
  }

  ask(context: Pick<RouteContext<unknown>, 'caller' | 'signal'>): Ask {
    return new Ask(this.#store, context);
  }

  range(input: RangeInput): Range {
    return readRange(input, this.clock, this.config.maxRange);
  }
}

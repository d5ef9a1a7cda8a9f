import { availableParallelism } from 'node:os';
import type { Signal, TenantId } from '@hanok/contract';
import { type Filter, QUERY_LIMITS } from '@hanok/contract/query';
import type { Clock, Log, Meter, TenantContext } from '#base';
import type { Budget, Fragment, Store } from '#store';
import { Turns } from './admission/turns.ts';
import type { QueryConfig } from './config.ts';
import { Surroundings } from './decode/surroundings.ts';
import { fail } from './errors.ts';
import { hintsFor, KnownFields } from './fields/known-fields.ts';
import { compileFilter } from './language/compile.ts';
import { type KnownKeys, nestedWays } from './language/known-keys.ts';
import { isRare } from './language/rare.ts';
import { readFields } from './language/read.ts';
import type { QueryLimitsOf } from './query-limits.ts';
import { QuerySession } from './query-session.ts';
import { type Range, type RangeInput, readRange } from './range.ts';
import { type WindowEstimate, WindowEstimates } from './window-estimates.ts';

/** A query understood, as conditions on rows of its signal's table. */
export interface Asked {
  readonly filter: Filter;
  readonly where: readonly Fragment[];
  readonly rare: boolean;
  /** For labels of the same question. */
  readonly known: KnownKeys | undefined;
}

/** What the handlers have in common. */
export class Queries {
  readonly config: QueryConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly limitsOf: QueryLimitsOf;
  readonly around: Surroundings;
  readonly #store: Pick<Store, 'select'>;
  readonly #turns: Turns;
  readonly #estimates = new WindowEstimates();
  readonly #fields: KnownFields;

  constructor(
    config: QueryConfig,
    deps: {
      readonly store: Pick<Store, 'select'>;
      readonly clock: Clock;
      readonly log: Log;
      readonly meter: Meter;
      readonly engineOf: (tenant: TenantId) => string;
      readonly limitsOf?: QueryLimitsOf;
    },
  ) {
    this.config = config;
    this.limitsOf = deps.limitsOf ?? (() => undefined);
    this.#store = deps.store;
    this.#fields = new KnownFields(deps.clock);
    this.clock = deps.clock;
    this.around = new Surroundings(deps.clock);
    this.log = deps.log;
    this.meter = deps.meter;
    const yieldingAtOnce = Math.max(1, Math.floor(availableParallelism() / 2));
    this.#turns = new Turns({ atOnce: config.atOnce, yieldingAtOnce, queue: config.queue, waitMs: config.wait }, deps);
  }

  session(
    context: Pick<TenantContext, 'caller' | 'signal'> &
      Partial<Pick<TenantContext, 'requestId'>> & { readonly budget?: Budget },
  ): QuerySession {
    return new QuerySession(this.#store, context, this.#turns, this.limitsOf(context.caller.tenant));
  }

  /**
   * Reads a query and finds out which of its fields (and of `labels`, that it is grouped by) the tenant has; the answer's
   * hints say which it has not. Throws `query.syntax` before anything is asked.
   */
  async asked(
    session: QuerySession,
    text: string,
    signal: Signal,
    range: Range,
    labels: readonly string[] = [],
  ): Promise<Asked> {
    const { filter, fields } = readFields(text, signal);
    const known = await this.#fields.of(session, signal, range, [...fields, ...labels]);
    const ways = nestedWays(filter, known);
    if (ways > QUERY_LIMITS.nested)
      throw fail(
        'query.syntax',
        `the query looks into nested values in ${ways} ways, more than ${QUERY_LIMITS.nested}`,
        {
          reason: 'nested',
          values: { most: QUERY_LIMITS.nested },
          at: 'query:0',
          fix: 'Name fewer fields inside of others.',
        },
      );
    session.hint(hintsFor(known, signal, fields));
    return { filter, where: [compileFilter(filter, signal, known)], rare: isRare(filter, signal), known };
  }

  /** `question` names what is asked without its range and its position. */
  windowEstimate(session: QuerySession, question: string): WindowEstimate {
    return this.#estimates.of(session.caller.tenant, question);
  }

  range(input: RangeInput): Range {
    return readRange(input, this.clock, this.config.maxRange);
  }
}

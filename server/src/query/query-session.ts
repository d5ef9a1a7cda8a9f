import type { Hint, LeftOutCode, Stats } from '@hanok/contract';
import type { Caller, TenantContext } from '#base';
import type { Budget, Select, SelectStats, Store, Work } from '#store';
import type { Turn, Turns } from './admission/turns.ts';
import { type QueryLimits, within } from './query-limits.ts';
import type { Row } from './rows.ts';

/** One request's questions to the store: on whose behalf, until when, and what they have cost so far. */
export class QuerySession {
  readonly caller: Caller;
  readonly #store: Pick<Store, 'select'>;
  readonly #turns: Pick<Turns, 'take'>;
  readonly #limits: QueryLimits | undefined;
  readonly #signal: AbortSignal;
  /** For each of its questions that has none of its own. */
  readonly #budget: Budget | undefined;
  readonly #requestId: string | undefined;
  /** Streams under way. What is asked beside one waits for no turn: the stream's own may be waiting for the answer. */
  #streaming = 0;
  /** Undefined where the store may not tell. */
  #told: Work | undefined;
  #elapsedMs = 0;
  #partial = false;
  #leftOut: NonNullable<Stats['partial']> | undefined;
  #hints: readonly Hint[] = [];

  constructor(
    store: Pick<Store, 'select'>,
    context: Pick<TenantContext, 'caller' | 'signal'> &
      Partial<Pick<TenantContext, 'requestId'>> & { readonly budget?: Budget },
    turns: Pick<Turns, 'take'>,
    limits?: QueryLimits,
  ) {
    this.#limits = limits;
    this.#store = store;
    this.#turns = turns;
    this.caller = context.caller;
    this.#budget = context.budget;
    this.#signal = context.signal;
    this.#requestId = context.requestId;
  }

  /** All rows of a small answer. */
  async rows(plan: Select, budget?: Budget): Promise<Row[]> {
    const turn = this.#streaming > 0 ? undefined : await this.#turns.take(this.caller.tenant, this.#signal);
    let bytesRead: number | undefined;
    try {
      const selection = await this.#store.select(this.caller, plan, {
        signal: this.#signal,
        ...(this.#requestId !== undefined && { requestId: this.#requestId }),
        budget: within({ ...this.#budget, ...budget, ...paceOf(turn) }, this.#limits),
      });
      const rows = await selection.rows();
      const stats = selection.stats();
      bytesRead = stats.work.bytesRead;
      this.#note(stats);
      return rows;
    } finally {
      turn?.end(bytesRead);
    }
  }

  /** Rows as they are found, for answers too large to hold. */
  async *stream(plan: Select, budget?: Budget): AsyncGenerator<Row> {
    const turn = this.#streaming > 0 ? undefined : await this.#turns.take(this.caller.tenant, this.#signal);
    let bytesRead: number | undefined;
    this.#streaming++;
    try {
      const selection = await this.#store.select(this.caller, plan, {
        signal: this.#signal,
        ...(this.#requestId !== undefined && { requestId: this.#requestId }),
        stream: true,
        budget: within({ ...this.#budget, ...budget, ...paceOf(turn) }, this.#limits),
      });
      try {
        for await (const cells of selection)
          yield Object.fromEntries(selection.columns.map((column, i) => [column, cells[i] ?? null]));
      } finally {
        const stats = selection.stats();
        bytesRead = stats.work.bytesRead;
        this.#note(stats);
      }
    } finally {
      this.#streaming--;
      turn?.end(bytesRead);
    }
  }

  #note(stats: SelectStats): void {
    if (stats.told)
      this.#told = {
        rowsRead: (this.#told?.rowsRead ?? 0) + stats.told.rowsRead,
        bytesRead: (this.#told?.bytesRead ?? 0) + stats.told.bytesRead,
      };
    this.#elapsedMs += stats.elapsedMs;
    this.#partial ||= stats.partial;
  }

  /** Marks the answer as less than what was asked for, for a reason of our own. */
  leaveOut(code: LeftOutCode, message: string, reason?: string, values?: Record<string, string | number>): void {
    this.#leftOut ??= { code, message, ...(reason !== undefined && { reason }), ...(values && { values }) };
  }

  /** What the asker may want to know of a question that could be answered. */
  hint(hints: readonly Hint[]): void {
    this.#hints = [...this.#hints, ...hints];
  }

  get partial(): boolean {
    return this.#partial;
  }

  /** Time is the sum over questions, which may have run side by side. */
  stats(): Stats {
    return {
      ...this.#told,
      elapsedMs: Math.round(this.#elapsedMs * 10) / 10,
      ...(this.#hints.length > 0 && { hints: [...this.#hints] }),
      ...((this.#partial || this.#leftOut) && {
        partial: this.#leftOut ?? {
          code: 'query.partial',
          reason: this.#told ? 'time-or-rows' : 'time',
          message: this.#told
            ? 'The budget of time or rows ran out; what was found until then is here. Narrow the range or add a filter.'
            : 'The time ran out; what was found until then is here. Narrow the range or add a filter.',
        },
      }),
    };
  }
}

function paceOf(turn: Turn | undefined): Budget {
  if (!turn) return {};
  return { ...(turn.oneThread ? { threads: 1 } : {}), ...(turn.priority ? { priority: turn.priority } : {}) };
}

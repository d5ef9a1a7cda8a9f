import { setTimeout as sleep, setImmediate as yieldToOthers } from 'node:timers/promises';
import { logsTailRequest, type TenantId } from '@hanok/contract';
import { type Caller, type Entry, isHanokError, type Route, route } from '#base';
import type { LogBlock } from '../decode/log-block.ts';
import type { LogRecord } from '../decode/records.ts';
import { toLogRow } from '../decode/shapes.ts';
import { fail } from '../errors.ts';
import { type Matcher, matcherOf } from '../language/evaluate.ts';
import { readQuery } from '../language/read.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { viewOf } from './batch-view.ts';
import type { OpenTails } from './open-tails.ts';

export type TailSource = (caller: Caller, listener: (entry: Entry) => void) => () => void;

/** Batches waiting to be looked at by one tail. */
const MOST_WAITING = 64;
/** What has waited longer when a tail's next share of the event loop begins is not live any more. */
const LIVE_MS = 250;
/** Rows looked at before others get a turn. */
const SLICE = 500;
/** A resource the store did not have yet is asked for again after this. */
const ASK_AGAIN_MS = 1_000;
/** A row waits this long for its resource; a live tail is to be live. */
const PATIENCE_MS = 1_000;

export function logsTail(queries: Queries, source: TailSource, open: OpenTails): Route {
  return route({
    method: 'GET',
    path: '/api/v1/logs/tail',
    access: 'tenant',
    summary: 'Matching logs as they arrive, as server-sent events',
    input: logsTailRequest,
    output: 'stream',
    async handle(context) {
      const { caller, signal, input } = context;
      const matches = matcherOf(readQuery(input.query, 'logs'));
      const others = open.of(caller.tenant);
      if (others >= queries.config.tailsPerTenant)
        throw fail('query.tails', `this tenant has ${others} live tails open already`, { retryAfter: 10 });
      const leave = open.enter(caller.tenant);
      const tail = new Tail(queries, queries.session(context), matches, open, signal);
      const stop = source(caller, (entry) => tail.offer(entry));
      signal.addEventListener('abort', () => tail.wake(), { once: true });
      const end = () => {
        stop();
        leave();
      };
      return { contentType: 'text/event-stream', chunks: closing(tail.events(), signal, end) };
    },
  });
}

/** Runs `end` once: when the stream ends, or when the client goes away before it was ever read. */
function closing(chunks: AsyncIterable<string>, signal: AbortSignal, end: () => void): AsyncIterable<string> {
  let ended = false;
  const once = () => {
    if (!ended) end();
    ended = true;
  };
  if (signal.aborted) once();
  else signal.addEventListener('abort', once, { once: true });
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* chunks;
      } finally {
        once();
      }
    },
  };
}

/** CPU time of this thread, milliseconds. What a tail uses is not what passes while other processes have the core. */
function cpuUsed(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

interface Offered {
  readonly entry: Entry;
  /** By the monotonic clock. */
  readonly at: number;
}

class Tail {
  readonly #queries: Queries;
  readonly #session: QuerySession;
  readonly #tenant: TenantId;
  readonly #matches: Matcher;
  readonly #open: OpenTails;
  readonly #signal: AbortSignal;
  readonly #waiting: Offered[] = [];
  readonly #missing = new Map<string, number>();
  #wake: () => void = () => undefined;
  #unseen = 0;
  #dropped = 0;
  /** Rows that may still be sent in the second that began at `#second`. */
  #allowance: number;
  /** Milliseconds of CPU used for looking in that second. */
  #spent = 0;
  #second: number;

  constructor(queries: Queries, session: QuerySession, matches: Matcher, open: OpenTails, signal: AbortSignal) {
    this.#queries = queries;
    this.#session = session;
    this.#tenant = session.caller.tenant;
    this.#matches = matches;
    this.#open = open;
    this.#signal = signal;
    this.#allowance = queries.config.tailRate;
    this.#second = queries.clock.monotonic();
  }

  /** Called while a batch is being acknowledged, so it only takes note. */
  offer(entry: Entry): void {
    // The journal may be shared by tenants; this keeps their tails apart.
    if (entry.batch.tenant !== this.#tenant || entry.batch.signal !== 'logs') return;
    this.#waiting.push({ entry, at: this.#queries.clock.monotonic() });
    if (this.#waiting.length > MOST_WAITING) this.#passOver();
    this.#wake();
  }

  wake(): void {
    this.#wake();
  }

  async *events(): AsyncGenerator<string> {
    yield 'event: ready\ndata: {}\n\n';
    while (!this.#signal.aborted) {
      const offered = this.#waiting.shift();
      if (offered) {
        yield* this.#look(offered);
        continue;
      }
      const untold = this.#dropped + this.#unseen > 0;
      const timedOut = await this.#sleep(untold ? this.#untilNextSecond() : this.#queries.config.tailHeartbeat);
      if (this.#signal.aborted) return;
      if (untold) yield* this.#tell();
      else if (timedOut) yield ': still here\n\n';
    }
  }

  async *#look({ entry, at }: Offered): AsyncGenerator<string> {
    const { around } = this.#queries;
    let began = cpuUsed();
    const view = viewOf(entry.batch);
    for (const [id, row] of view.resources) around.learnResource(this.#tenant, id, row);
    for (const [id, row] of view.scopes) around.learnScope(this.#tenant, id, row);
    for (const logs of view.logs) {
      for (let from = 0; from < logs.rows && !this.#signal.aborted; from += SLICE) {
        const to = Math.min(from + SLICE, logs.rows);
        const unknown = this.#unknown(logs, from, to);
        if (unknown.length > 0) {
          this.#spent += cpuUsed() - began;
          await this.#learn(unknown);
          began = cpuUsed();
        }
        let text = '';
        for (let row = from; row < to; row++) {
          const record = logs.record(row);
          if (record.tenant === this.#tenant) text += this.#event(record);
        }
        this.#spent += cpuUsed() - began;
        if (text !== '') yield text;
        yield* this.#tell();
        const usedUp = this.#spent >= this.#open.share;
        await (usedUp ? this.#nextShare() : yieldToOthers());
        this.#refill();
        began = cpuUsed();
        if (usedUp && !this.#isLive(at)) {
          this.#unseen += logs.rows - to;
          break;
        }
      }
    }
  }

  /** Waits for the tail's next share of the event loop, and passes over what is no longer live by then. */
  async #nextShare(): Promise<void> {
    await sleep(this.#untilNextSecond(), undefined, { signal: this.#signal }).catch(() => undefined);
    while (this.#waiting.length > 0 && !this.#isLive(this.#waiting[0]!.at)) this.#passOver();
  }

  #isLive(at: number): boolean {
    return this.#queries.clock.monotonic() - at <= LIVE_MS;
  }

  /** What a tail cannot look at in time is told, the oldest first: it stays live. */
  #passOver(): void {
    this.#unseen += this.#waiting.shift()!.entry.batch.records;
  }

  #event(record: LogRecord): string {
    const { around } = this.#queries;
    const matched = this.#matches(record, {
      resource: () => around.resource(this.#tenant, record.resourceId).pairs,
      scope: () => {
        const scope = around.scope(this.#tenant, record.scopeId);
        return scope && { name: scope.name, version: scope.version, attributes: scope.pairs };
      },
    });
    if (!matched) return '';
    this.#refill();
    if (this.#allowance <= 0) {
      this.#dropped++;
      return '';
    }
    this.#allowance--;
    return `event: row\ndata: ${JSON.stringify(toLogRow(record, around, this.#tenant))}\n\n`;
  }

  /** One row for each resource or scope that is not known and was not asked for just now. */
  #unknown(logs: LogBlock, from: number, to: number): LogRecord[] {
    const now = this.#queries.clock.monotonic();
    const wanted: LogRecord[] = [];
    for (let row = from; row < to; row++) {
      if (row > from && logs.refersAsBefore(row)) continue;
      const record = logs.record(row);
      const { resourceId, scopeId } = record;
      const key = `${resourceId} ${scopeId}`;
      const known =
        this.#queries.around.resource(this.#tenant, resourceId).pairs.keys.length > 0 &&
        (scopeId === '0' || this.#queries.around.scope(this.#tenant, scopeId) !== undefined);
      if (known || now - (this.#missing.get(key) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) continue;
      if (this.#missing.size > 10_000) this.#missing.clear();
      this.#missing.set(key, now);
      wanted.push(record);
    }
    return wanted;
  }

  /**
   * Resources sent before this tail began are in the store, or about to be. Those not there yet are shown without
   * attributes and asked for again a little later.
   */
  async #learn(wanted: readonly LogRecord[]): Promise<void> {
    // Rows are worth showing without their resource while the store is away, or stopped and saying nothing.
    const loaded = this.#queries.around.load(this.#session, wanted).catch((error: unknown) => {
      if (isHanokError(error) || this.#signal.aborted)
        this.#queries.log.debug({ error: String(error) }, 'resources for a live tail could not be read');
      else this.#queries.log.error({ error }, 'resources for a live tail could not be read');
    });
    const patience = new AbortController();
    const enough = sleep(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([loaded, enough]);
    patience.abort();
  }

  #refill(): void {
    const now = this.#queries.clock.monotonic();
    if (now - this.#second < 1_000) return;
    this.#second = now;
    this.#spent = 0;
    this.#allowance = this.#queries.config.tailRate;
  }

  #untilNextSecond(): number {
    return Math.max(1, 1_000 - (this.#queries.clock.monotonic() - this.#second));
  }

  /** At most once a second: the allowance was given anew since the last time. */
  *#tell(): Generator<string> {
    this.#refill();
    if (this.#dropped + this.#unseen === 0 || this.#allowance < this.#queries.config.tailRate) return;
    const data = JSON.stringify({ matching: this.#dropped, unseen: this.#unseen });
    this.#dropped = 0;
    this.#unseen = 0;
    yield `event: dropped\ndata: ${data}\n\n`;
  }

  /** Resolves to true when the time has passed and false when something came. */
  async #sleep(ms: number): Promise<boolean> {
    if (this.#waiting.length > 0 || this.#signal.aborted) return false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(false);
      };
    });
  }
}

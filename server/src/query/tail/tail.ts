import { setTimeout as sleep } from 'node:timers/promises';
import type { TailDropped, TailError, TailReady, TenantId } from '@hanok/contract';
import { type Caller, type Entry, isHanokError, type Route, serve, type TenantContext } from '#base';
import type { Needing, Surrounding } from '../decode/surroundings.ts';
import { fail } from '../errors.ts';
import { readQuery } from '../language/read.ts';
import type { Queries } from '../queries.ts';
import { HISTORY, HISTORY_BUDGET, storedLines } from './history.ts';
import type { Line, Wanted } from './messages.ts';
import { lastLines, newestLines } from './newest.ts';
import type { OpenTails } from './open-tails.ts';
import type { HeldBatch, TailThread, Watcher } from './tail-thread.ts';

/** What a journal tells a tail: what it has now and the store has not, and from then on every entry. */
export interface TailStart {
  /** Durable entries of the caller's tenant that the store has not taken in, oldest first. */
  readonly unread: readonly Entry[];
  /** False when there are older ones that are no longer at hand. */
  readonly whole: boolean;
  readonly stop: () => void;
}
export type TailSource = (caller: Caller, listener: (entry: Entry) => void) => TailStart;

/** Batches waiting to be looked at by one tail; the bytes are the journal's own, kept a little longer. */
const MOST_WAITING = 1_024;
/** Looked at together; copied for the thread at once. */
const TOGETHER_BYTES = 4 * 1_024 * 1_024;
/** Sent in a second, beside the rows that `HANOK_TAIL_RATE` allows; one longer line is sent still. */
const CHARACTERS_PER_SECOND = 1 << 20;
const MOST_WAITING_BYTES = 32 * 1_024 * 1_024;

interface TailParts {
  readonly source: TailSource;
  readonly open: OpenTails;
  readonly thread: TailThread;
  /** Aborted when the module closes. */
  readonly stop: AbortSignal;
}

export function logsTail(queries: Queries, { source, open, thread, stop }: TailParts): Route {
  return serve('GET /api/v1/logs/tail', async (context) => {
    const { caller, input } = context;
    const signal = AbortSignal.any([context.signal, stop]);
    readQuery(input.query, 'logs');
    const others = open.of(caller.tenant);
    const most = queries.limitsOf(caller.tenant)?.tails ?? queries.config.tailsPerTenant;
    if (others >= most)
      throw fail('query.tails', `this tenant has ${others} live tails open already and may have ${most}`, {
        values: { limit: 'tails', most, used: others },
        retryAfter: 10,
      });
    const leave = open.enter(caller.tenant);
    const tail = new Tail(queries, thread, { ...context, signal });
    const start = source(caller, (entry) => tail.offer(entry));
    const end = () => {
      start.stop();
      leave();
      tail.end();
    };
    return { contentType: 'text/event-stream', chunks: closing(tail.events(start), signal, end) };
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

const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const rows = (lines: readonly Line[]): string => lines.map(({ data }) => `event: row\ndata: ${data}\n\n`).join('');

/** One tail: what waits to be looked at, how much may be sent, and what is told. */
class Tail {
  readonly #queries: Queries;
  readonly #thread: TailThread;
  readonly #context: Pick<TenantContext<{ readonly query: string }>, 'caller' | 'signal' | 'input'>;
  readonly #tenant: TenantId;
  readonly #watcher: Watcher;
  readonly #leave: () => void;
  readonly #waiting: HeldBatch[] = [];
  #waitingBytes = 0;
  #wake: () => void = () => undefined;
  #ended = false;
  #unseen = 0;
  #dropped = 0;
  /** Rows that may still be sent in the second that began at `#second`. */
  #allowance: number;
  #characters = CHARACTERS_PER_SECOND;
  #second: number;

  constructor(
    queries: Queries,
    thread: TailThread,
    context: Pick<TenantContext<{ readonly query: string }>, 'caller' | 'signal' | 'input'>,
  ) {
    this.#queries = queries;
    this.#thread = thread;
    this.#context = context;
    this.#tenant = context.caller.tenant;
    this.#allowance = queries.config.tailRate;
    this.#second = queries.clock.monotonic();
    const learn = (missing: readonly Needing[]) => this.#learn(missing);
    ({ watcher: this.#watcher, leave: this.#leave } = thread.watch({
      tenant: this.#tenant,
      query: context.input.query,
      learn,
    }));
  }

  /** Called while a batch is being acknowledged, so it only takes note. */
  offer(entry: Entry): void {
    // The journal may be shared by tenants; this keeps their tails apart.
    if (this.#ended || entry.batch.tenant !== this.#tenant || entry.batch.signal !== 'logs') return;
    const held = this.#thread.hold(entry.batch);
    this.#waiting.push(held);
    this.#waitingBytes += held.bytes;
    while (this.#waiting.length > MOST_WAITING || (this.#waitingBytes > MOST_WAITING_BYTES && this.#waiting.length > 1))
      this.#passOver();
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
    this.#leave();
    for (const held of this.#waiting.splice(0)) this.#thread.release(held);
  }

  async *events(start: TailStart): AsyncGenerator<string> {
    try {
      yield* this.#begin(start);
      while (!this.#ended) {
        const held = this.#together();
        if (held.length > 0) yield* this.#look(held);
        else if (this.#dropped + this.#unseen > 0) await this.#sleep(this.#untilNextSecond());
        else if (await this.#sleep(this.#queries.config.tailHeartbeat)) yield ': still here\n\n';
        yield* this.#tell();
      }
    } catch (error) {
      if (this.#ended) return;
      if (!isHanokError(error)) this.#queries.log.error({ error }, 'a live tail failed');
      yield event('error', errorOf(error));
    }
  }

  /**
   * The last lines, from the store and what the journal has for it. What the store knew when it answered had been heard
   * here before, so nothing is missing in between; what both have is taken once.
   */
  async *#begin({ unread, whole }: TailStart): AsyncGenerator<string> {
    for (const entry of unread) this.offer(entry);
    const { caller, signal, input } = this.#context;
    const patience = AbortSignal.any([signal, AbortSignal.timeout(this.#queries.config.tailPatience)]);
    const session = this.#queries.session({
      caller,
      signal: patience,
      budget: HISTORY_BUDGET,
    });
    const stored = await storedLines(this.#queries, session, input.query, patience);
    let heard: readonly Line[] = [];
    let cut = false;
    for (let left = this.#waiting.length; left > 0; ) {
      const held = this.#together(left);
      left -= held.length;
      const { lines, matching } = await this.#lookAt(held, HISTORY);
      cut ||= lines.length < Math.min(matching, HISTORY.lines);
      heard = newestLines([...heard, ...lines], HISTORY);
      // Those that came meanwhile may have pushed out some of these.
      left = Math.min(left, this.#waiting.length);
    }
    const lines = lastLines(stored.lines, heard, HISTORY);
    const { hints } = session.stats();
    const ready: TailReady = { lines: lines.length, whole: whole && stored.whole && !cut, ...(hints && { hints }) };
    yield rows(lines) + event('ready', ready);
  }

  async *#look(held: readonly HeldBatch[]): AsyncGenerator<string> {
    this.#refill();
    const wanted = { lines: this.#characters > 0 ? this.#allowance : 0, characters: this.#characters };
    const { lines, matching } = await this.#lookAt(held, wanted);
    this.#allowance -= lines.length;
    for (const { data } of lines) this.#characters -= data.length;
    this.#dropped += matching - lines.length;
    if (lines.length > 0) yield rows(lines);
  }

  #next(): HeldBatch | undefined {
    const held = this.#waiting.shift();
    if (held) this.#waitingBytes -= held.bytes;
    return held;
  }

  /** What waits, up to so much that it is looked at together; at least one batch when one waits. */
  #together(most = Number.POSITIVE_INFINITY): HeldBatch[] {
    const taken: HeldBatch[] = [];
    let bytes = 0;
    while (this.#waiting.length > 0 && taken.length < most) {
      bytes += this.#waiting[0]!.bytes;
      if (bytes > TOGETHER_BYTES && taken.length > 0) break;
      taken.push(this.#next()!);
    }
    return taken;
  }

  async #lookAt(held: readonly HeldBatch[], wanted: Wanted) {
    try {
      return await this.#thread.look(this.#watcher, held, wanted);
    } finally {
      for (const one of held) this.#thread.release(one);
    }
  }

  /** What a tail cannot look at in time is told, the oldest first: it stays live. */
  #passOver(): void {
    const held = this.#next();
    if (!held) return;
    this.#unseen += held.batch.records;
    this.#thread.release(held);
  }

  /**
   * Resources sent before this tail began are in the store, or about to be. Those not there yet are shown without
   * attributes and asked for again a little later.
   */
  async #learn(missing: readonly Needing[]): Promise<Surrounding> {
    const { around, config, log } = this.#queries;
    // Rows are worth showing without their resource while the store is away, or stopped and saying nothing.
    const loaded = around.load(this.#queries.session(this.#context), missing).catch((error: unknown) => {
      if (isHanokError(error) || this.#ended)
        log.debug({ error: String(error) }, 'resources for a live tail could not be read');
      else log.error({ error }, 'resources for a live tail could not be read');
    });
    const patience = new AbortController();
    const enough = sleep(config.tailPatience, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([loaded, enough]);
    patience.abort();
    return around.of(this.#tenant, missing);
  }

  #refill(): void {
    const now = this.#queries.clock.monotonic();
    if (now - this.#second < 1_000) return;
    this.#second = now;
    this.#allowance = this.#queries.config.tailRate;
    // A line that was longer is paid for by the seconds behind it.
    this.#characters = Math.min(CHARACTERS_PER_SECOND, this.#characters + CHARACTERS_PER_SECOND);
  }

  #untilNextSecond(): number {
    return Math.max(1, 1_000 - (this.#queries.clock.monotonic() - this.#second));
  }

  /** At most once a second: the allowance was given anew since the last time. */
  *#tell(): Generator<string> {
    this.#refill();
    if (this.#dropped + this.#unseen === 0 || this.#allowance < this.#queries.config.tailRate) return;
    const dropped: TailDropped = { matching: this.#dropped, unseen: this.#unseen };
    this.#dropped = 0;
    this.#unseen = 0;
    yield event('dropped', dropped);
  }

  /** Resolves to true when the time has passed and false when something came. */
  async #sleep(ms: number): Promise<boolean> {
    if (this.#waiting.length > 0 || this.#ended) return false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(false);
      };
    });
  }
}

function errorOf(error: unknown): TailError {
  if (!isHanokError(error)) return { code: 'query.tail-lost', message: 'the live tail failed' };
  const { code, message, reason, values, fix } = error;
  return { code, message, ...(reason && { reason }), ...(values && { values }), ...(fix && { fix }) };
}

import { Worker } from 'node:worker_threads';
import type { TenantId } from '@hanok/contract';
import { type Batch, type Clock, codeCacheEnvironment, type HanokError, type Log, type Meter } from '#base';
import { Debts } from '../admission/debts.ts';
import type { Needing, Surrounding } from '../decode/surroundings.ts';
import { fail } from '../errors.ts';
import { VIEWED } from './batch-view.ts';
import type { FromThread, Line, Looked, ToThread, Wanted } from './messages.ts';
import { newestLines } from './newest.ts';

/** A look that has used so much CPU is ended with its thread: a slice is 10 ms, so it is one line that takes as long. */
const MOST_CPU_MS = 250;
/** How often a look under way is examined. */
const EXAMINE_MS = 100;
/** A look that is not over then is ended whatever it used: it cannot even be asked. */
const MOST_WALL_MS = 15_000;
/** The thread is kept for so long after the last tail has closed. */
const IDLE_MS = 60_000;
/** Megabytes of its heap; a batch is at most tens of MiB, and there is one at a time. */
const MOST_HEAP_MIB = 256;

export interface TailThreadDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Run by the thread. */
  readonly module: URL;
}

/** A batch that tails have yet to look at. Whoever holds it releases it. */
export interface HeldBatch {
  readonly id: number;
  readonly batch: Batch;
  /** Bytes of the blocks that are looked at. */
  readonly bytes: number;
}

/** A tail as the thread knows it. */
export interface Watcher {
  readonly id: number;
  readonly tenant: TenantId;
  readonly query: string;
  /** Brings what records refer to; gives up by itself. */
  readonly learn: (missing: readonly Needing[]) => Promise<Surrounding>;
}

interface Job {
  readonly id: number;
  readonly watcher: Watcher;
  readonly held: readonly HeldBatch[];
  readonly from: number;
  readonly wanted: Wanted;
  readonly resolve: (looked: Looked) => void;
  readonly reject: (error: HanokError) => void;
}

interface Running {
  readonly worker: Worker;
  ready: boolean;
  readonly tails: Set<number>;
  readonly batches: Set<number>;
}

/**
 * The thread that looks at batches for live tails, one slice at a time, and never the main thread. Tenants take turns
 * by what they used: who used least goes first. A look that lasts too long is ended together with the thread; its tail
 * hears why (`query.tail-too-slow`), and the others go on with a new thread.
 */
export class TailThread {
  readonly #deps: TailThreadDeps;
  readonly #debts = new Debts();
  readonly #waiting = new Map<TenantId, Job[]>();
  readonly #held = new Map<Batch, { readonly held: HeldBatch; users: number }>();
  readonly #watchers = new Set<number>();
  readonly #ended: { add(n: number): void };
  #thread: Running | undefined;
  #current: { readonly job: Job; readonly debt: number; readonly stop: () => void } | undefined;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 1;
  #closed = false;

  constructor(deps: TailThreadDeps) {
    this.#deps = deps;
    this.#ended = deps.meter.counter('hanok_tail_ended', 'Live tails ended because a look took too long');
  }

  /** The tail is known until the returned function is called. */
  watch(watcher: Omit<Watcher, 'id'>): { readonly watcher: Watcher; readonly leave: () => void } {
    clearTimeout(this.#idle);
    const known: Watcher = { ...watcher, id: this.#nextId++ };
    this.#watchers.add(known.id);
    const leave = () => {
      if (!this.#watchers.delete(known.id)) return;
      if (this.#thread?.tails.delete(known.id)) this.#send({ kind: 'forget-tail', tail: known.id });
      if (this.#watchers.size > 0) return;
      this.#idle = setTimeout(() => void this.#endThread(), IDLE_MS);
      this.#idle.unref();
    };
    return { watcher: known, leave };
  }

  hold(batch: Batch): HeldBatch {
    let known = this.#held.get(batch);
    if (!known) {
      const bytes = batch.blocks.reduce((sum, one) => sum + (VIEWED.has(one.table) ? one.bytes.byteLength : 0), 0);
      known = { held: { id: this.#nextId++, batch, bytes }, users: 0 };
      this.#held.set(batch, known);
    }
    known.users++;
    return known.held;
  }

  release({ batch, id }: HeldBatch): void {
    const known = this.#held.get(batch);
    if (!known || --known.users > 0) return;
    this.#held.delete(batch);
    if (this.#thread?.batches.delete(id)) this.#send({ kind: 'forget-batch', batch: id });
  }

  /** The newest lines of batches that match, and how many do. The batches must be held meanwhile. */
  async look(
    watcher: Watcher,
    batches: readonly HeldBatch[],
    wanted: Wanted,
  ): Promise<{ readonly lines: readonly Line[]; readonly matching: number }> {
    let lines: readonly Line[] = [];
    let matching = 0;
    let left = batches;
    for (let from = 0; left.length > 0; ) {
      const looked = await this.#slice(watcher, left, from, wanted);
      matching += looked.matching;
      lines = lines.length === 0 ? looked.lines : newestLines([...lines, ...looked.lines], wanted);
      left = left.slice(looked.done);
      from = looked.next;
      if (looked.missing.length > 0)
        this.#send({ kind: 'learn', tenant: watcher.tenant, ...(await watcher.learn(looked.missing)) });
    }
    return { lines, matching };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    this.#rejectAll(fail('query.tail-lost', 'Hanok is closing', { reason: 'closing' }));
    await this.#endThread();
  }

  #slice(watcher: Watcher, held: readonly HeldBatch[], from: number, wanted: Wanted): Promise<Looked> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(fail('query.tail-lost', 'Hanok is closing', { reason: 'closing' }));
      const jobs = this.#waiting.get(watcher.tenant) ?? [];
      this.#waiting.set(watcher.tenant, jobs);
      jobs.push({ id: this.#nextId++, watcher, held, from, wanted, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current || this.#waiting.size === 0) return;
    this.#thread ??= this.#start();
    if (!this.#thread.ready) return;
    const job = this.#take();
    if (!job) return;
    const { watcher, held, from, wanted, id } = job;
    const now = this.#deps.clock.monotonic();
    this.#current = { job, debt: this.#debts.begin(watcher.tenant, now), stop: this.#examine(this.#thread, job) };
    const { tails, batches } = this.#thread;
    if (!tails.has(watcher.id)) {
      tails.add(watcher.id);
      this.#send({ kind: 'tail', tail: watcher.id, tenant: watcher.tenant, query: watcher.query });
    }
    for (const one of held) {
      if (batches.has(one.id)) continue;
      batches.add(one.id);
      this.#sendBatch(one);
    }
    this.#send({
      kind: 'look',
      look: { id, tail: watcher.id, batches: held.map((one) => one.id), from, wanted },
    });
  }

  /** The next job of the tenant that lately used least. */
  #take(): Job | undefined {
    const now = this.#deps.clock.monotonic();
    let first: readonly [TenantId, Job[]] | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [tenant, jobs] of this.#waiting) {
      const used = this.#debts.of(tenant, now);
      if (used < least) [first, least] = [[tenant, jobs], used];
    }
    if (!first) return undefined;
    const [tenant, jobs] = first;
    const job = jobs.shift();
    // Behind the others who used as little.
    this.#waiting.delete(tenant);
    if (jobs.length > 0) this.#waiting.set(tenant, jobs);
    return job;
  }

  #takeAlike({ tenant, query }: Watcher): Job[] {
    const jobs = this.#waiting.get(tenant) ?? [];
    const others = jobs.filter((job) => job.watcher.query !== query);
    if (others.length > 0) this.#waiting.set(tenant, others);
    else this.#waiting.delete(tenant);
    return jobs.filter((job) => job.watcher.query === query);
  }

  /** The bytes are copied: those of the journal are the drainer's too. */
  #sendBatch({ id, batch }: HeldBatch): void {
    const blocks = batch.blocks
      .filter(({ table }) => VIEWED.has(table))
      .map(({ table, bytes }) => ({ table, bytes: bytes.slice() }));
    this.#send(
      { kind: 'batch', batch: id, tenant: batch.tenant, blocks },
      blocks.map(({ bytes }) => bytes.buffer),
    );
  }

  #send(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#thread?.worker.postMessage(message, transfer);
  }

  #start(): Running {
    const worker = new Worker(this.#deps.module, {
      env: codeCacheEnvironment(),
      execArgv: [],
      name: 'hanok-tail',
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB },
    });
    worker.unref();
    const thread: Running = { worker, ready: false, tails: new Set(), batches: new Set() };
    worker.on('message', (message: FromThread) => {
      if (this.#thread !== thread) return;
      if (message.kind === 'ready') thread.ready = true;
      else this.#finish(message);
      this.#next();
    });
    worker.on('error', (error) =>
      this.#lose(
        thread,
        fail('query.tail-too-slow', 'looking at a line took too much memory', { reason: 'memory' }),
        error,
      ),
    );
    worker.on('exit', (exitCode) =>
      this.#lose(thread, fail('query.tail-lost', 'the thread of live tails ended', { reason: 'thread' }), exitCode),
    );
    return thread;
  }

  #finish(message: Exclude<FromThread, { readonly kind: 'ready' }>): void {
    const current = this.#current;
    if (current?.job.id !== message.id) return;
    const cost = message.kind === 'looked' ? message.cost : MOST_CPU_MS;
    this.#settle(cost);
    if (message.kind === 'looked') {
      current.job.resolve(message);
      return;
    }
    this.#deps.log.error({ error: message.error }, 'a live tail failed');
    current.job.reject(fail('query.tail-lost', 'a line could not be looked at', { reason: 'bug' }));
  }

  /** Nothing is under way any more. */
  #settle(cost: number): void {
    const current = this.#current;
    if (!current) return;
    current.stop();
    this.#current = undefined;
    this.#debts.end(current.job.watcher.tenant, current.debt, cost, this.#deps.clock.monotonic());
  }

  /** The thread is gone, and with it what it was looking at; what waits goes on with another. */
  #lose(thread: Running, error: HanokError, cause: unknown): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    const lost = this.#current?.job;
    this.#settle(MOST_CPU_MS);
    if (this.#closed) return;
    this.#deps.log.warn({ code: error.code, cause: String(cause), tenant: lost?.watcher.tenant }, error.message);
    if (lost) {
      // The same query of the same tenant would end as this did, one thread after another.
      for (const job of [lost, ...this.#takeAlike(lost.watcher)]) {
        this.#ended.add(1);
        job.reject(error);
      }
      // One that never began to work would not begin the next time either.
    } else if (!thread.ready) this.#rejectAll(error);
    void thread.worker.terminate();
    this.#next();
  }

  /** Ends the thread when the look uses more than it may. Returns what stops watching. */
  #examine(thread: Running, job: Job): () => void {
    let before: number | undefined;
    const began = this.#deps.clock.monotonic();
    const timer = setInterval(async () => {
      const used = await thread.worker.cpuUsage().then(
        ({ user, system }) => (user + system) / 1_000,
        () => 0,
      );
      if (this.#current?.job !== job) return;
      before ??= used;
      if (used - before < MOST_CPU_MS && this.#deps.clock.monotonic() - began < MOST_WALL_MS) return;
      const fault = fail('query.tail-too-slow', 'the query needs too long for one line', {
        reason: 'time',
        values: { most: MOST_CPU_MS },
      });
      this.#lose(thread, fault, 'too slow');
    }, EXAMINE_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  #rejectAll(error: HanokError): void {
    const jobs = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const job of jobs) job.reject(error);
    const current = this.#current?.job;
    this.#settle(0);
    current?.reject(error);
  }

  async #endThread(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.worker.terminate();
  }
}

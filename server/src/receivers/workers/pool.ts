import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Clock, codeCacheEnvironment, type HanokError, type Log, type Meter } from '#base';
import { BodyBuffers } from '../body-buffers.ts';
import { fail } from '../errors.ts';
import type { Decoder } from './decoder.ts';
import { FairQueue } from './fair-queue.ts';
import { type Done, errorOf, type FromThread, type Job, plainError, runJob, type ToThread } from './messages.ts';

export interface PoolConfig {
  /** -1: the cores less one, at least 1 and at most 8. 0: no threads. */
  readonly decodeThreads: number;
  readonly decodeQueue: number;
  readonly decodeStuckMs: number;
  readonly inlineBytes: number;
  readonly maxInflatedBytes: number;
}

export interface PoolDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Module run by each thread; it calls `serveDecoding`. */
  readonly threadModule: URL;
  /** Cloned to each thread as its `workerData`. */
  readonly threadData: unknown;
  /** For what is decoded on the main thread. */
  readonly inline: Decoder;
}

export interface Decoding extends Done {
  /** Tells the decoder that made the batch that it is durable. Nothing happens when its thread has gone. */
  confirm(): void;
}

export interface DecodePool {
  /**
   * Rejects with the decoder's own error for bad input, and with a retryable one when there is no room in the queue
   * (`receivers.busy`), the thread was lost (`receivers.worker-lost`), or `deadline` (monotonic milliseconds) passed
   * before its turn (`receivers.deadline`). The bytes belong to the pool from the call on.
   */
  decode(job: Job, deadline?: number): Promise<Decoding>;
  /** Where bodies are to be read into; a decoded body's buffer comes back here by itself. */
  readonly buffers: BodyBuffers;
  readonly threads: number;
  close(): Promise<void>;
}

interface Waiting {
  readonly job: Job;
  readonly deadline: number;
  readonly since: number;
  /** Bytes after decompression, estimated. */
  readonly cost: number;
  readonly resolve: (decoding: Decoding) => void;
  readonly reject: (error: HanokError) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Waiting>;
  /** Bytes of `jobs`. */
  cost: number;
  ready: boolean;
  /** Being terminated; gets no more work. */
  dying: boolean;
  /** Monotonic milliseconds of the last sign of life while it had work. */
  progressAt: number;
}

/**
 * How far a thread's mailbox is filled ahead: enough that it never waits for the main thread, little enough that turns
 * between tenants stay fair and a lost thread takes few requests with it. A mebibyte takes some 10 ms to decode, which
 * is the longest that a request waits behind another tenant's beyond its turn.
 */
const AHEAD_JOBS = 8;
const AHEAD_COST = 1024 * 1024;
/** Handing a request over, and back, costs as much as decoding this many bytes. */
const FIXED_COST = 16 * 1024;
/** One turn of a tenant in the queue. */
const QUANTUM = 2 * FIXED_COST;
/** How many times smaller telemetry usually is when compressed. */
const COMPRESSION = 8;
const RESTART_FIRST_MS = 50;
const RESTART_MOST_MS = 5_000;

export async function openDecodePool(config: PoolConfig, deps: PoolDeps): Promise<DecodePool> {
  const pool = new Pool(config, deps);
  await pool.start();
  return pool;
}

class Pool implements DecodePool {
  readonly threads: number;
  readonly buffers = new BodyBuffers();
  readonly #config: PoolConfig;
  readonly #deps: PoolDeps;
  readonly #queue: FairQueue<Waiting>;
  readonly #live = new Set<Thread>();
  readonly #lost;
  readonly #watchdog: NodeJS.Timeout | undefined;
  readonly #restarts = new Set<NodeJS.Timeout>();
  #restartMs = RESTART_FIRST_MS;
  #nextId = 1;
  #closed = false;

  constructor(config: PoolConfig, deps: PoolDeps) {
    this.#config = config;
    this.#deps = deps;
    this.threads =
      config.decodeThreads >= 0 ? config.decodeThreads : Math.min(8, Math.max(1, availableParallelism() - 1));
    this.#queue = new FairQueue(config.decodeQueue, QUANTUM);
    this.#lost = deps.meter.counter('hanok_receivers_threads_lost_total', 'Decode threads that died or hung.');
    if (this.threads > 0)
      this.#watchdog = setInterval(() => this.#watch(), Math.max(10, config.decodeStuckMs / 4)).unref();
  }

  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.threads }, () => this.#spawn()));
  }

  decode(job: Job, deadline = Number.POSITIVE_INFINITY): Promise<Decoding> {
    if (this.#closed) return Promise.reject(fail('receivers.closing', 'Hanok is closing'));
    const { inlineBytes, maxInflatedBytes } = this.#config;
    if (this.threads === 0) return this.#inline(job, maxInflatedBytes);
    if (job.coding === 'identity' && job.bytes.length <= inlineBytes) return this.#inline(job, inlineBytes);
    if (job.bytes.length * COMPRESSION > inlineBytes) return this.#enqueue(job, deadline);
    // Small when compressed, and most likely after; what turns out larger goes the usual way.
    return this.#inline(job, inlineBytes).catch((error: HanokError) => {
      if (error.code === 'receivers.too-large-inflated') return this.#enqueue(job, deadline);
      throw error;
    });
  }

  #enqueue(job: Job, deadline: number): Promise<Decoding> {
    return new Promise((resolve, reject) => {
      const since = this.#deps.clock.monotonic();
      const cost = FIXED_COST + job.bytes.length * (job.coding === 'identity' ? 1 : COMPRESSION);
      const waiting: Waiting = { job, deadline, since, cost, resolve, reject };
      if (!this.#queue.push(job.context.tenant, waiting, cost)) {
        reject(fail('receivers.busy', 'too many requests wait to be decoded'));
        return;
      }
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watchdog);
    for (const timer of this.#restarts) clearTimeout(timer);
    for (const waiting of this.#queue.expire(() => true)) waiting.reject(fail('receivers.closing', 'Hanok is closing'));
    await Promise.all([...this.#live].map((thread) => thread.worker.terminate()));
  }

  async #inline(job: Job, maxInflated: number): Promise<Decoding> {
    const { inline } = this.#deps;
    try {
      const done = runJob(inline, job, maxInflated);
      this.buffers.give(job.bytes.buffer);
      return { ...done, confirm: () => inline.confirm(done.token) };
    } catch (error) {
      throw errorOf(plainError(error));
    }
  }

  /** Resolves when the thread can work; rejects when it dies before. */
  #spawn(): Promise<void> {
    const { threadModule, threadData, log } = this.#deps;
    const worker = new Worker(threadModule, {
      workerData: threadData,
      env: codeCacheEnvironment(),
      execArgv: [],
      name: 'hanok-decode',
    });
    const thread: Thread = { worker, jobs: new Map(), cost: 0, ready: false, dying: false, progressAt: 0 };
    this.#live.add(thread);
    return new Promise((resolve, reject) => {
      let cause: unknown;
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'ready') {
          thread.ready = true;
          resolve();
          this.#dispatch();
        } else this.#settle(thread, message);
      });
      worker.on('messageerror', (error) => {
        cause = error;
        void worker.terminate();
      });
      worker.on('error', (error) => {
        cause = error;
      });
      worker.on('exit', (exitCode) => {
        this.#live.delete(thread);
        reject(cause instanceof Error ? cause : new Error(`decode thread exited with ${exitCode}`));
        if (this.#closed) return this.#failAll(thread, fail('receivers.closing', 'Hanok is closing'));
        this.#lost.add(1);
        log.error({ exitCode, error: String(cause ?? ''), jobs: thread.jobs.size }, 'a decode thread was lost');
        this.#failAll(thread, fail('receivers.worker-lost', 'the thread that decoded this request was lost'));
        // The first start fails loudly through `start`; afterwards threads are replaced, ever more slowly.
        if (thread.ready) this.#respawn();
      });
    });
  }

  #respawn(): void {
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#spawn().catch(() => {
        if (!this.#closed) this.#respawn();
      });
    }, this.#restartMs);
    this.#restarts.add(timer);
    this.#restartMs = Math.min(RESTART_MOST_MS, this.#restartMs * 2);
  }

  #dispatch(): void {
    for (let thread = this.#freest(); thread && this.#queue.size > 0; thread = this.#freest()) {
      const waiting = this.#queue.shift();
      if (!waiting) return;
      const now = this.#deps.clock.monotonic();
      if (now >= waiting.deadline) {
        waiting.reject(fail('receivers.deadline', 'the deadline passed before the request could be decoded'));
        continue;
      }
      const id = this.#nextId++;
      if (thread.jobs.size === 0) thread.progressAt = now;
      thread.jobs.set(id, waiting);
      thread.cost += waiting.cost;
      const { job } = waiting;
      const message: ToThread = { kind: 'job', id, job, maxInflated: this.#config.maxInflatedBytes };
      thread.worker.postMessage(message, [job.bytes.buffer]);
    }
  }

  #freest(): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#live) {
      const full = thread.jobs.size >= AHEAD_JOBS || (thread.jobs.size >= 2 && thread.cost >= AHEAD_COST);
      if (thread.ready && !thread.dying && !full && (!best || thread.cost < best.cost)) best = thread;
    }
    return best;
  }

  #settle(thread: Thread, message: Exclude<FromThread, { kind: 'ready' }>): void {
    const waiting = thread.jobs.get(message.id);
    if (!waiting) return;
    thread.jobs.delete(message.id);
    thread.cost -= waiting.cost;
    thread.progressAt = this.#deps.clock.monotonic();
    this.#restartMs = RESTART_FIRST_MS;
    this.#dispatch();
    if (message.kind === 'done' && message.spent) this.buffers.give(message.spent);
    if (message.kind === 'failed') waiting.reject(errorOf(message.error));
    else {
      const { done } = message;
      const confirm = () => {
        const word: ToThread = { kind: 'confirm', token: done.token };
        if (this.#live.has(thread)) thread.worker.postMessage(word);
      };
      waiting.resolve({ ...done, confirm });
    }
  }

  #failAll(thread: Thread, error: HanokError): void {
    for (const waiting of thread.jobs.values()) waiting.reject(error);
    thread.jobs.clear();
  }

  #watch(): void {
    const now = this.#deps.clock.monotonic();
    this.buffers.rest();
    const { decodeStuckMs } = this.#config;
    for (const thread of this.#live) {
      if (thread.dying || thread.jobs.size === 0 || now - thread.progressAt < decodeStuckMs) continue;
      thread.dying = true;
      this.#deps.log.error({ jobs: thread.jobs.size }, 'a decode thread makes no progress and is replaced');
      void thread.worker.terminate();
    }
    for (const waiting of this.#queue.expire((one) => now - one.since >= decodeStuckMs || now >= one.deadline))
      waiting.reject(fail('receivers.busy', 'no decode thread became free in time'));
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Log } from '#base';
import { ClickHouse } from '../clickhouse.ts';
import { Attention } from './attention.ts';
import { engineEnvironment } from './environment.ts';
import { Pings } from './pings.ts';
import { type EngineArguments, type EngineClose, isEngineReady } from './protocol.ts';
import { afterPing, decidePulse, type Pulse } from './pulse.ts';
import { StartWatch } from './start-watch.ts';

export interface EngineState {
  readonly name: string;
  /**
   * `silent`: it has not answered for a while. It is asked nothing until it does, and replaced soon if it does not.
   * `asleep`: nobody needs it. `waiting`: it is needed and waits for its turn to be awake. `waking`: it starts for that.
   */
  readonly state: 'starting' | 'ready' | 'silent' | 'down' | 'asleep' | 'waiting' | 'waking';
  readonly pid: number | undefined;
  readonly restarts: number;
  readonly lastError: string | undefined;
}

export interface SupervisorOptions {
  readonly name: string;
  readonly dir: string;
  /** The Node to run the engine with. */
  readonly nodePath: string;
  readonly querySessions: number;
  /** Bytes. */
  readonly memoryLimit: number;
  readonly log: Log;
  /** An engine that answers no ping for this long is replaced. Milliseconds. */
  readonly wedgedAfterMs?: number;
  readonly onState?: (state: EngineState) => void;
}

/** Little JavaScript runs beside the engine: a young generation of 1 MiB instead of 16 is enough, 2 MiB less at rest. */
const NODE_FLAGS = ['--disable-wasm-trap-handler', '--max-semi-space-size=1'];
const PROGRAM = fileURLToPath(new URL('./process.ts', import.meta.url));
const WEDGED_AFTER_MS = 5_000;
/** No file handle was left for a new process: that is not the engine's doing, and trying at once makes it no better. */
const HANDLES_PAUSE_MS = 2_000;
const BACK_OFF_MS = [50, 200, 500, 1_000, 2_000, 5_000] as const;
/** An engine that served this long did not die of its own start: its successor follows without growing pauses. */
const STEADY_MS = 3_000;
/** How often an engine that has not come up yet is looked at. */
const LOOK_EVERY_MS = 500;
const CLOSE_WITHIN_MS = 10_000;
/** `sun_path` holds 104 bytes on macOS, 108 on Linux. */
const MAX_SOCKET_PATH = 100;

/** Keeps one engine process alive until closed. */
export class Supervisor {
  readonly client: ClickHouse;
  readonly #options: SupervisorOptions;
  readonly #socketPath: string;
  readonly #ownSocketDir: string | undefined;
  readonly #stop = new AbortController();
  #state: EngineState;
  #child: ChildProcess | undefined;
  #readyAt = Number.POSITIVE_INFINITY;
  #waiting: (() => void)[] = [];
  readonly #running: Promise<void>;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    const inDir = join(options.dir, 'engine.sock');
    if (Buffer.byteLength(inDir) <= MAX_SOCKET_PATH) this.#socketPath = inDir;
    else {
      this.#ownSocketDir = mkdtempSync(join(tmpdir(), 'hanok-'));
      this.#socketPath = join(this.#ownSocketDir, 'engine.sock');
    }
    this.#state = { name: options.name, state: 'starting', pid: undefined, restarts: 0, lastError: undefined };
    this.client = new ClickHouse(
      { socketPath: this.#socketPath, spoolDir: join(options.dir, 'spool') },
      () => this.#state.state === 'ready',
    );
    this.#running = this.#run();
  }

  state(): EngineState {
    return this.#state;
  }

  /** Resolves when the engine answers; rejects with the signal's reason, or when the supervisor is closed first. */
  async ready(signal?: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])]);
    while (this.#state.state !== 'ready') {
      ended.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        ended.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  /** Running statements are killed; the process ends in order, or by force after ten seconds. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the engine is being closed'));
    const close: EngineClose = { type: 'close' };
    // A failed send is a child that is gone or going.
    if (this.#child?.connected) this.#child.send(close, () => undefined);
    // One that has not opened its engine yet has nothing to close, and may be blocked.
    if (this.#state.state !== 'ready') this.#child?.kill('SIGTERM');
    const force = setTimeout(() => this.#child?.kill('SIGKILL'), CLOSE_WITHIN_MS);
    await this.#running;
    clearTimeout(force);
    this.client.close();
    if (this.#ownSocketDir) rmSync(this.#ownSocketDir, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    let failures = 0;
    let waitsForHandles = false;
    while (!this.#stop.signal.aborted) {
      this.#readyAt = Number.POSITIVE_INFINITY;
      const { why, handles } = await this.#live();
      // Whoever still reads from a dead engine, or from what stands in its place, waits for nothing.
      this.client.drop();
      if (this.#stop.signal.aborted) break;
      if (handles) {
        this.#set({ state: 'down', pid: undefined, lastError: why });
        if (!waitsForHandles)
          this.#options.log.error({ engine: this.#options.name, why }, 'waiting to start the engine');
        waitsForHandles = true;
        await sleep(HANDLES_PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        continue;
      }
      waitsForHandles = false;
      failures = performance.now() - this.#readyAt > STEADY_MS ? 1 : failures + 1;
      const pause = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length) - 1] ?? 0;
      this.#set({ state: 'down', pid: undefined, restarts: this.#state.restarts + 1, lastError: why });
      this.#options.log.error({ engine: this.#options.name, why, pauseMs: pause }, 'engine ended; starting it again');
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
    this.#set({ state: 'down', pid: undefined });
  }

  /** One life of the process; resolves with why it ended. `handles`: it never began, for want of file handles. */
  async #live(): Promise<{ readonly why: string; readonly handles: boolean }> {
    const { dir, nodePath, querySessions, memoryLimit } = this.#options;
    const args: EngineArguments = { dir, socketPath: this.#socketPath, querySessions, memoryLimit };
    const child = spawn(nodePath, [...NODE_FLAGS, PROGRAM, JSON.stringify(args)], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: engineEnvironment(dir),
    });
    this.#child = child;
    this.#set({ state: 'starting', pid: child.pid });
    const lastWords = this.#forward(child);
    let reason: string | undefined;
    let handles = false;
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        handles = error.code === 'EMFILE' || error.code === 'ENFILE';
        resolve(
          handles ? `no file handles are left to start the engine (${error.code}); see ulimit -n` : error.message,
        );
      });
      child.once('exit', (code, signal) => resolve(reason ?? `${signal ?? `exit code ${code}`}${lastWords()}`));
    });
    const kill = (why: string) => {
      reason = why;
      this.#set({ state: 'down' });
      child.kill('SIGKILL');
    };
    const life = new AbortController();
    const starting = new AbortController();
    void this.#watchStart(child.pid, AbortSignal.any([life.signal, starting.signal]), kill);
    child.once('message', (message) => {
      if (!isEngineReady(message) || this.#stop.signal.aborted) return;
      starting.abort();
      this.#readyAt = performance.now();
      this.#set({ state: 'ready' });
      void this.#watch(life.signal, kill);
    });
    const why = await ended;
    life.abort();
    this.#child = undefined;
    return { why, handles };
  }

  async #watchStart(pid: number | undefined, started: AbortSignal, kill: (why: string) => void): Promise<void> {
    const watch = new StartWatch(pid, performance.now());
    while (!started.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: started }).catch(() => undefined);
      const why = started.aborted ? undefined : watch.look(performance.now());
      if (why !== undefined) return kill(why);
    }
  }

  async #watch(life: AbortSignal, kill: (why: string) => void): Promise<void> {
    const limit = this.#options.wedgedAfterMs ?? WEDGED_AFTER_MS;
    const attention = new Attention();
    const pings = new Pings((signal) => this.client.ping(signal), life);
    let pulse: Pulse = { heardAt: 0, spokeAt: 0 };
    let pingedAt = 0;
    while (!life.aborted) {
      const beat = decidePulse(pulse, attention.now, limit);
      if (beat.replace !== undefined) return kill(beat.replace);
      this.#hear(beat.silent);
      let dueMs = pingedAt + beat.pingEveryMs - attention.now;
      if (dueMs <= 0) {
        pings.send();
        pingedAt = attention.now;
        dueMs = beat.pingEveryMs;
      }
      const answer = await attention.within(Math.min(dueMs, beat.lookAfterMs), pings.next());
      if (answer !== undefined) pulse = afterPing(pulse, answer, attention.now);
    }
  }

  /** A silent engine is asked nothing; once heard again it serves as before. */
  #hear(silent: boolean): void {
    const { state } = this.#state;
    if (silent && state === 'ready') this.#set({ state: 'silent' });
    if (!silent && state === 'silent') this.#set({ state: 'ready' });
  }

  /** The process's output becomes log lines; returns what to say about its last one. */
  #forward(child: ChildProcess): () => string {
    let last = '';
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (line.trim() === '') return;
        last = line;
        this.#options.log.warn({ engine: this.#options.name, line }, 'engine said');
      });
    }
    return () => (last ? `: ${last}` : '');
  }

  #set(change: Partial<EngineState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onState?.(this.#state);
    if (this.#state.state !== 'ready') return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, isHanokError, type Log, type Meter, type Source } from '#base';
import { ClickHouse } from '../clickhouse.ts';
import type { StoreConfig } from '../config.ts';
import { Drainer, type DrainOptions } from '../drain.ts';
import { type EngineState, Supervisor } from '../engine/supervisor.ts';
import { migrate, tablesOf } from '../migrate.ts';
import type { Target } from '../select.ts';
import { orAborted } from './or-aborted.ts';

export interface LifeDeps {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** The Node to run engine processes with. */
  readonly nodePath: string;
}

export interface LifeOptions {
  /** `pool` or `silo-<tenant>`. */
  readonly name: string;
  /** Several tenants' rows lie in it. */
  readonly shared: boolean;
  /** A ClickHouse server in place of an engine of our own. */
  readonly url?: URL | undefined;
  /** Bytes the engine may use. */
  readonly memoryLimit: number;
  /** Times its engine was started again in earlier lives. */
  readonly restarts?: number;
  readonly onState?: (state: EngineState) => void;
}

/** ClickHouse's database in every store. */
export const DATABASE = 'hanok';
const RETRY_MS = 500;
/** One insert takes four to five times its bytes of the journal, and is not all that an engine does. */
const INSERT_SHARE = 16;

/** From the start of a store's engine, or the first connection to its server, to the end of it; restarts are within. */
export class Life {
  readonly target: Target;
  readonly memoryLimit: number;
  readonly #o: LifeOptions;
  readonly #config: StoreConfig;
  readonly #deps: LifeDeps;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #supervisor: Supervisor | undefined;
  /** What is drained into it. */
  readonly #sources = new Set<Source>();
  #prepared: Promise<void>;
  #isPrepared = false;
  /** Restarts of the engine whose tables are prepared. */
  #generation = 0;

  constructor(options: LifeOptions, config: StoreConfig, deps: LifeDeps) {
    const { name, shared, url, memoryLimit } = options;
    this.#o = options;
    this.#config = config;
    this.#deps = deps;
    this.memoryLimit = memoryLimit;
    this.#log = deps.log.child({ store: name });
    if (!url)
      this.#supervisor = new Supervisor({
        name,
        dir: engineDir(deps.dataDir, name),
        nodePath: deps.nodePath,
        querySessions: config.querySessions,
        memoryLimit,
        log: this.#log,
        onState: (state) => this.#onState(state),
      });
    const client = this.#supervisor?.client ?? new ClickHouse({ url: url! });
    this.target = { client, database: DATABASE, server: this.#supervisor === undefined, shared };
    this.#prepared = this.#prepare(0);
    // Whoever waits is told; a store that is prepared in the background must not end the process.
    this.#prepared.catch(() => undefined);
  }

  /** Are the tables there? */
  get isPrepared(): boolean {
    return this.#isPrepared;
  }

  /**
   * Resolves when the tables are there, trying again until they are. Rejects when the life ends first, or the store was
   * written by a newer version.
   */
  get prepared(): Promise<void> {
    return this.#prepared;
  }

  /** What its engine does; undefined for a server. */
  state(): EngineState | undefined {
    const state = this.#supervisor?.state();
    return state && { ...state, restarts: state.restarts + (this.#o.restarts ?? 0) };
  }

  drain(source: Source, options: Pick<DrainOptions, 'isSteady' | 'onTaken' | 'onFailure'> = {}): Drainer {
    this.#sources.add(source);
    const { client, server } = this.target;
    return new Drainer({
      ...options,
      store: this.#o.name,
      client,
      database: DATABASE,
      ready: async (signal) => {
        await this.#supervisor?.ready(signal);
        await orAborted(this.#prepared, signal, () => signal.reason);
      },
      ...(server && { tables: () => tablesOf(client, DATABASE) }),
      source,
      lingerMs: this.#config.drainLinger,
      maxBytes: Math.min(this.#config.drainBytes, Math.floor(this.memoryLimit / INSERT_SHARE)),
      clock: this.#deps.clock,
      log: this.#deps.log,
      meter: this.#deps.meter,
    });
  }

  /** Its drainer, if any, must have been closed. Running queries are cancelled. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the store is being closed'));
    await this.#supervisor?.close();
    this.target.client.close();
    await this.#prepared.catch(() => undefined);
  }

  #onState(state: EngineState): void {
    const { restarts } = state;
    if (state.state === 'ready' && restarts !== this.#generation) this.#renew(restarts);
    this.#o.onState?.({ ...state, restarts: restarts + (this.#o.restarts ?? 0) });
  }

  /** The engine's directory may have been restored or replaced while it was down: nothing of it is taken for granted. */
  #renew(generation: number): void {
    this.#generation = generation;
    this.#isPrepared = false;
    this.#prepared = this.#prepare(generation);
    this.#prepared.catch((error: unknown) => {
      if (!this.#stop.signal.aborted)
        this.#log.error({ error: String(error) }, 'the store that came back cannot be used');
    });
    for (const source of this.#sources) source.raiseEpoch('the engine was started again');
  }

  async #prepare(generation: number): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      signal.throwIfAborted();
      await this.#supervisor?.ready(signal);
      if (generation !== this.#generation) return this.#prepared;
      try {
        await migrate(this.target.client, DATABASE, { clock: this.#deps.clock, log: this.#log });
        if (generation !== this.#generation) return this.#prepared;
        this.#isPrepared = true;
        return;
      } catch (error) {
        if (isHanokError(error)) throw error;
        this.#log.warn({ error: String(error) }, 'the store could not be prepared yet');
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  }
}

export function engineDir(dataDir: string, name: string): string {
  return join(dataDir, 'engines', name);
}

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Counter, type Gauge, isHanokError, type Source } from '#base';
import { StoreException } from '../clickhouse.ts';
import type { StoreConfig } from '../config.ts';
import type { Drainer } from '../drain.ts';
import type { EngineState } from '../engine/supervisor.ts';
import { fail } from '../errors.ts';
import { decideNeed, decideSleep, type LifeLimits, type Need } from './decide-life.ts';
import { engineDir, Life, type LifeDeps } from './life.ts';
import { isAtRest, type OpenStore, type Pressed, showState, type Use } from './open-store.ts';
import { orAborted } from './or-aborted.ts';
import { NotNeeded, type Places, type Sleeper } from './places.ts';

/** A question waits so long for an engine to wake and to take in what waits for it. */
const WAKE_WITHIN_MS = 20_000;
/** An engine that could not be woken is not tried again before, unless somebody asks. */
const WAKE_AGAIN_MS = 30_000;
/** ClickHouse's code for having no memory left, and how often in a row it takes for an engine to get more. */
const MEMORY_EXCEEDED = 241;
const STARVED = 3;

type Stage = 'asleep' | 'waiting' | 'waking' | 'awake' | 'falling';

/**
 * A store that one tenant has to itself. Its engine starts when it is needed, by a question or by what waits in the
 * journal, and ends when it has been left alone. While nobody asks, the journal gathers, and is taken in when enough or
 * the oldest is old enough; while somebody does, as records come. A question waits for what was acknowledged before it.
 */
export class Silo implements OpenStore, Sleeper {
  readonly #name: string;
  readonly #config: StoreConfig;
  readonly #deps: LifeDeps;
  readonly #places: Places;
  readonly #limits: LifeLimits;
  /** It has something to look at every second; without, it is looked at once in a while. */
  readonly #watch: (silo: Silo) => void;
  readonly #show: (state: EngineState) => void;
  readonly #lag: Gauge;
  readonly #wakes: Counter;
  readonly #closing = new AbortController();
  #source: Source | undefined;
  #pressed: Pressed = () => false;
  #stage: Stage = 'asleep';
  #life: Life | undefined;
  #drainer: Drainer | undefined;
  #waking: Promise<void> | undefined;
  #falling: Promise<void> | undefined;
  /** Questions that wait or are under way, and when the last one ended. */
  #asking = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Somebody asks, and the journal is taken in as it comes. */
  #isAttended = false;
  /** It has been since everything of before was taken in. */
  #isCaughtUp = false;
  /** Nobody asks, but so much comes that it is taken in all the same. */
  #isHeavy = false;
  #taken = 0;
  #countedFrom = 0;
  #workedAt = Number.NEGATIVE_INFINITY;
  #ranAt: number | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;
  /** What its engine needed at least the last time. */
  leastMemory = 0;
  #starved = 0;
  /** What told one state of the engine's directory from another when it fell asleep. */
  #mark: string | undefined;
  #restarts = 0;
  #lastError: string | undefined;
  #isLooking = false;
  #isResting = false;

  constructor(
    name: string,
    config: StoreConfig,
    deps: LifeDeps & { readonly places: Places; readonly watch: (silo: Silo) => void },
  ) {
    this.#name = name;
    this.#config = config;
    this.#deps = deps;
    this.#places = deps.places;
    this.#watch = deps.watch;
    this.#limits = { idleMs: config.engineIdle, wakeBytes: config.engineWakeBytes, wakeAgeMs: config.engineWakeAge };
    this.#show = showState(deps.meter, name);
    const labels = { store: name };
    this.#lag = deps.meter.gauge(
      'hanok_store_lag_milliseconds',
      'Age of the oldest entry not yet queryable.',
      labels,
      'max',
    );
    this.#wakes = deps.meter.counter('hanok_store_engine_wakes_total', 'Times an engine that slept was woken.', labels);
    this.#show(this.state());
  }

  /** At once: questions can be asked. */
  async opened(): Promise<void> {
    const path = markPath(this.#deps.dataDir, this.#name);
    const ran = await stat(path).catch(() => undefined);
    this.#ranAt ??= ran && this.#now - Math.max(0, this.#deps.clock.now() - ran.mtimeMs);
  }

  drain(source: Source, pressed: Pressed = () => false): { close(): Promise<void> } {
    this.#source = source;
    this.#pressed = pressed;
    void source.follow(false).catch(() => undefined);
    this.#rest();
    return {
      close: async () => {
        this.#closing.abort(new Error('the store is being closed'));
        await this.#drainer?.close();
        this.#source = undefined;
      },
    };
  }

  async use(signal?: AbortSignal): Promise<Use> {
    const seen = this.#source?.position().durable ?? 0n;
    const isBehind = !this.#isCaughtUp;
    this.#asking++;
    this.#isAttended = true;
    this.#watch(this);
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      this.#asking--;
      this.#askedAt = this.#now;
    };
    try {
      if (this.#stage !== 'awake' || isBehind) await this.#beReady(seen, isBehind, signal);
      const life = this.#life;
      if (!life?.isPrepared) throw fail('store.unavailable', 'the store is starting', { retryAfter: 2 });
      return { target: life.target, memoryLimit: life.memoryLimit, end };
    } catch (error) {
      end();
      throw error;
    }
  }

  state(): EngineState {
    const common = { name: this.#name, restarts: this.#restarts, lastError: this.#lastError, pid: undefined };
    if (this.#stage === 'asleep' || this.#stage === 'falling') return { ...common, state: 'asleep' };
    const state = this.#life?.state();
    if (this.#stage === 'waiting' || !state) return { ...common, state: 'waiting' };
    // Its first start in this life is nothing to worry about; one that failed is.
    const isFirst = this.#stage === 'waking' && state.lastError === undefined;
    return isFirst ? { ...state, state: 'waking' } : state;
  }

  get isReady(): boolean {
    const state = this.state();
    return isAtRest(state) || (state.state === 'ready' && this.#life?.isPrepared === true);
  }

  get answersAll(): boolean {
    return !this.#isCaughtUp;
  }

  need(): Need {
    const waiting = this.#source?.lag() ?? NOTHING;
    return decideNeed(
      {
        now: this.#now,
        asking: this.#asking,
        waiting,
        pressed: waiting.entries > 0 && this.#pressed(waiting.bytes),
        notBefore: this.#notBefore,
        ranAt: this.#ranAt,
      },
      this.#limits,
    );
  }

  get askedAt(): number {
    return this.#askedAt;
  }

  idleSince(): number | undefined {
    // One that was given its place this very moment has not begun yet.
    if (this.#asking > 0 || this.#drainer?.isWanted || !this.#life) return undefined;
    return Math.max(this.#askedAt, this.#isAttended ? Number.NEGATIVE_INFINITY : this.#workedAt);
  }

  fall(): void {
    if (this.#stage === 'waking') {
      // Ends the waiting for it, and with that the waking.
      void this.#life?.close();
      return;
    }
    if (this.#stage !== 'awake') return;
    this.#stage = 'falling';
    this.#falling = this.#end().finally(() => {
      this.#falling = undefined;
      this.#rest();
    });
  }

  /** Called every second while there is something to look at, and once in a while otherwise. True: look again in a second. */
  look(): boolean {
    const waiting = this.#source?.lag() ?? NOTHING;
    this.#lag.set(waiting.entries === 0 ? 0 : waiting.oldestMs);
    const need = this.need();
    if (this.#stage === 'awake') this.#lookAwake(need);
    else if (this.#stage === 'asleep' && need !== 'nothing' && !this.#closing.signal.aborted)
      this.#wake().catch((error: unknown) => {
        if (error instanceof NotNeeded || this.#closing.signal.aborted) return;
        this.#deps.log.error({ store: this.#name, error: String(error) }, 'an engine could not be woken');
      });
    if (this.#stage !== 'asleep' || waiting.entries > 0) return true;
    this.#rest();
    return false;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the store is being closed'));
    if (this.#stage === 'waking') this.fall();
    await this.#waking?.catch(() => undefined);
    this.fall();
    await this.#falling;
  }

  get #now(): number {
    return this.#deps.clock.monotonic();
  }

  #lookAwake(need: Need): void {
    const now = this.#now;
    if (now - this.#countedFrom >= this.#limits.wakeAgeMs) {
      this.#isHeavy = this.#taken >= this.#limits.wakeBytes;
      this.#count();
    }
    if (this.#asking === 0 && now - this.#askedAt >= this.#limits.idleMs) {
      this.#isAttended = false;
      this.#isCaughtUp = false;
    }
    const drainer = this.#drainer!;
    if ((need === 'due' || need === 'pressing') && !this.#isSteady)
      void drainer.through(this.#source!.position().durable);
    const facts = {
      ...{ now, need: need === 'upkeep' ? ('nothing' as const) : need, askedAt: this.#askedAt },
      ...{ workedAt: this.#workedAt, heavy: this.#isHeavy, inserting: drainer.isBusy },
    };
    if (this.#asking === 0 && !this.#isLooking && decideSleep(facts, this.#limits)) void this.#sleepUnlessMerging();
  }

  /** A merge that is broken off was for nothing. */
  async #sleepUnlessMerging(): Promise<void> {
    const life = this.#life!;
    this.#isLooking = true;
    try {
      const merging = await life.target.client.rows({ sql: 'SELECT count() FROM system.merges' });
      if (Number(merging[0]?.[0] ?? 0) > 0) return;
      if (life === this.#life && this.#asking === 0 && !this.#drainer?.isBusy) this.fall();
    } catch (error) {
      this.#deps.log.debug({ store: this.#name, error: String(error) }, 'an engine does not say whether it merges');
    } finally {
      this.#isLooking = false;
    }
  }

  get #isSteady(): boolean {
    return this.#isAttended || this.#isHeavy;
  }

  #count(): void {
    this.#taken = 0;
    this.#countedFrom = this.#now;
  }

  /** Until something comes, there is nothing to look at; no timer and no handle are held. */
  #rest(): void {
    const { signal } = this.#closing;
    if (signal.aborted || this.#isResting || !this.#source) return;
    this.#isResting = true;
    void this.#source.wait(Number.POSITIVE_INFINITY, signal).then(() => {
      this.#isResting = false;
      if (!signal.aborted) this.#watch(this);
    });
  }

  /** Resolves when the engine is awake and, if it was behind, has taken in everything up to `seen`. */
  async #beReady(seen: bigint, isBehind: boolean, signal: AbortSignal | undefined): Promise<void> {
    const tooLate = AbortSignal.timeout(WAKE_WITHIN_MS);
    const ended = signal ? AbortSignal.any([signal, tooLate]) : tooLate;
    const orEnd = <T>(step: Promise<T>): Promise<T> =>
      orAborted(step, ended, () =>
        signal?.aborted ? fail('store.cancelled', 'the caller cancelled') : this.#notYet(),
      );
    for (let failures = 0; ; ) {
      if (this.#stage !== 'awake') {
        try {
          await orEnd(this.#wake());
        } catch (error) {
          if (isHanokError(error)) throw error;
          // It was given up for want of somebody who needs it just when this question came; once more.
          if (++failures > 1 || this.#closing.signal.aborted) throw this.#notYet(error);
          continue;
        }
      }
      const drainer = this.#drainer;
      if (!isBehind || !drainer) return;
      const how = await orEnd(drainer.through(seen));
      // It may have been put to sleep to be woken with more memory.
      if (how === 'closed' && !this.#closing.signal.aborted) continue;
      // Behind because the store takes nothing in: what it has is worth asking for all the same.
      if (how === 'passed' && drainer === this.#drainer) this.#isCaughtUp = true;
      return;
    }
  }

  #notYet(cause?: unknown): Error {
    const isBehind = this.#stage === 'awake';
    return fail(
      'store.unavailable',
      isBehind ? 'what was acknowledged before is still being stored' : 'the store was asleep and is being woken',
      { reason: isBehind ? 'behind' : 'waking', retryAfter: 2, cause },
    );
  }

  #wake(): Promise<void> {
    this.#waking ??= this.#rise().finally(() => {
      this.#waking = undefined;
    });
    return this.#waking;
  }

  async #rise(): Promise<void> {
    await this.#falling;
    this.#closing.signal.throwIfAborted();
    this.#stage = 'waiting';
    const began = this.#now;
    let memoryLimit: number;
    try {
      memoryLimit = await this.#places.take(this);
    } catch (error) {
      this.#stage = 'asleep';
      throw error;
    }
    const turnMs = Math.round(this.#now - began);
    this.#stage = 'waking';
    try {
      await this.#source?.follow(true);
      const mark = await readMark(this.#deps.dataDir, this.#name);
      this.#closing.signal.throwIfAborted();
      const name = this.#name;
      const options = { name, shared: false, memoryLimit, restarts: this.#restarts, onState: () => this.#onState() };
      const life = new Life(options, this.#config, this.#deps);
      this.#life = life;
      this.#drainer = this.#source && this.#drainInto(life, this.#source);
      const { bytes, oldestMs } = this.#source?.lag() ?? NOTHING;
      this.#isHeavy = bytes >= this.#limits.wakeBytes && oldestMs < this.#limits.wakeAgeMs;
      this.#count();
      this.#workedAt = this.#now;
      await life.prepared;
      if (this.#mark !== undefined && this.#mark !== mark)
        this.#source?.raiseEpoch('the engine’s directory was replaced while it slept');
      this.#workedAt = this.#now;
      this.#ranAt = this.#now;
      this.#stage = 'awake';
      this.#wakes.add(1);
      this.#show(this.state());
      const tookMs = Math.round(this.#now - began);
      this.#deps.log.info({ store: name, tookMs, turnMs, memoryLimit }, 'engine woken');
    } catch (error) {
      this.#lastError = String(error);
      this.#notBefore = this.#now + WAKE_AGAIN_MS;
      await this.#end();
      throw error;
    }
  }

  #drainInto(life: Life, source: Source): Drainer {
    return life.drain(source, {
      isSteady: () => this.#isSteady,
      onTaken: (bytes) => {
        this.#starved = 0;
        this.#taken += bytes;
        this.#workedAt = this.#now;
      },
      onFailure: (error) => this.#onFailure(error, life),
    });
  }

  /** An insert that does not fit into what the engine has is tried again in one that has more. */
  #onFailure(error: unknown, life: Life): void {
    if (!(error instanceof StoreException) || error.exceptionCode !== MEMORY_EXCEEDED) return;
    if (++this.#starved < STARVED || life.memoryLimit >= this.#config.engineMemory || life !== this.#life) return;
    this.leastMemory = Math.min(this.#config.engineMemory, 2 * life.memoryLimit);
    const { leastMemory } = this;
    this.#deps.log.warn(
      { store: this.#name, leastMemory },
      'an insert needs more memory: the engine starts again with it',
    );
    this.#starved = 0;
    this.fall();
  }

  #onState(): void {
    this.#show(this.state());
  }

  /** The insert under way is finished, then the engine ends in order. What is begun and not done is done after waking. */
  async #end(): Promise<void> {
    const life = this.#life;
    this.#isCaughtUp = false;
    this.#isAttended = this.#asking > 0;
    this.#isHeavy = false;
    await this.#drainer?.close();
    await life?.close();
    this.#restarts = life?.state()?.restarts ?? this.#restarts;
    this.#life = undefined;
    this.#drainer = undefined;
    this.#mark = await readMark(this.#deps.dataDir, this.#name);
    // Only a journal that is being closed refuses, and then it keeps nothing open.
    await this.#source?.follow(false).catch(() => undefined);
    if (this.#stage === 'falling') this.#ranAt = this.#now;
    this.#stage = 'asleep';
    this.#show(this.state());
    this.#deps.log.info({ store: this.#name }, 'engine asleep');
    this.#places.leave(this);
  }
}

const NOTHING = { entries: 0, bytes: 0, oldestMs: 0 };

/** Made anew by each start of an engine and written by each insert: another one means another state of the directory. */
function markPath(dataDir: string, name: string): string {
  return join(engineDir(dataDir, name), 'inserts.log');
}

async function readMark(dataDir: string, name: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, ctimeNs } = await stat(markPath(dataDir, name), { bigint: true });
    return `${dev} ${ino} ${size} ${ctimeNs}`;
  } catch {
    return undefined;
  }
}

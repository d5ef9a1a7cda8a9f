import type { Source } from '#base';
import type { StoreConfig } from '../config.ts';
import type { EngineState } from '../engine/supervisor.ts';
import { fail } from '../errors.ts';
import { Life, type LifeDeps, type LifeOptions } from './life.ts';
import { type OpenStore, showState } from './open-store.ts';

/** A store that is there from its opening to its end: the pool's, and every other one where engines never sleep. */
export class Resident implements OpenStore {
  readonly answersAll = false;
  readonly #life: Life;

  constructor(options: Pick<LifeOptions, 'name' | 'shared' | 'url'>, config: StoreConfig, deps: LifeDeps) {
    const onState = showState(deps.meter, options.name);
    this.#life = new Life({ ...options, memoryLimit: config.engineMemory, onState }, config, deps);
  }

  opened(): Promise<void> {
    return this.#life.prepared;
  }

  drain(source: Source): { close(): Promise<void> } {
    return this.#life.drain(source);
  }

  async use() {
    if (!this.#life.isPrepared) throw fail('store.unavailable', 'the store is starting', { retryAfter: 2 });
    return { target: this.#life.target, memoryLimit: this.#life.memoryLimit, end: () => undefined };
  }

  state(): EngineState | undefined {
    return this.#life.state();
  }

  get isReady(): boolean {
    return this.#life.isPrepared && (this.#life.state()?.state ?? 'ready') === 'ready';
  }

  close(): Promise<void> {
    return this.#life.close();
  }
}

import type { Meter, Source } from '#base';
import type { EngineState } from '../engine/supervisor.ts';
import type { Target } from '../select.ts';

/** Where one question goes. `end` must be called when its answer has been read. */
export interface Use {
  readonly target: Target;
  /** Bytes the engine may use. */
  readonly memoryLimit: number;
  end(): void;
}

/** Does the journal need the room that so many bytes take, which wait for the store? */
export type Pressed = (waitingBytes: number) => boolean;

/** One store, whatever its engine does between questions. */
export interface OpenStore {
  /** Resolves when questions can be asked; rejects when the store was written by a newer version, or is closed first. */
  opened(): Promise<void>;
  /** See `Store.drain`. */
  drain(source: Source, pressed?: Pressed): { close(): Promise<void> };
  /** For one question. Rejects with `store.unavailable`, `store.migration`, or the signal's reason. */
  use(signal?: AbortSignal): Promise<Use>;
  /** What its engine does; undefined for a server. */
  state(): EngineState | undefined;
  /** Can it be asked, be it that its engine is woken for that? */
  readonly isReady: boolean;
  /** See `Store.answersAll`. */
  readonly answersAll: boolean;
  /** Drainers must have been closed. */
  close(): Promise<void>;
}

/** Shows what an engine does in the store's gauges. */
export function showState(meter: Meter, store: string): (state: EngineState) => void {
  const labels = { store };
  const restarts = meter.gauge('hanok_store_engine_restarts', 'Times an engine was started again.', labels);
  const up = meter.gauge(
    'hanok_store_engine_up',
    '1 while the engine answers or sleeps, 0 while it should answer and does not.',
    labels,
    'min',
  );
  return (state) => {
    up.set(state.state === 'ready' || isAtRest(state) ? 1 : 0);
    restarts.set(state.restarts);
  };
}

/** Nothing is wrong with an engine that sleeps, or is on its way from there. */
export function isAtRest({ state }: Pick<EngineState, 'state'>): boolean {
  return state === 'asleep' || state === 'waiting' || state === 'waking';
}

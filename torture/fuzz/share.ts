import type { Verdict } from '../../server/src/receivers/otlp/testkit/judge.ts';

/** What the supervisor gives to a worker, and hears from it. */
export interface Share {
  readonly seed: number;
  /** Inputs `from`, `from + step`, … below `to`. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Inputs (counted in numbers, not steps) until memory is looked at for the first time. */
  readonly warmUp: number;
  /** Eight bytes: the number of the input under way, a little-endian double. */
  readonly placeFile: string;
}

export interface Sample {
  /** JavaScript's heap and buffers after garbage collection. */
  readonly held: number;
  /** The same once the decoders under test, with all that they remember, were let go. */
  readonly bare: number;
  readonly rss: number;
}

export type FromWorker =
  | {
      readonly type: 'failure';
      readonly n: number;
      readonly disagreement: boolean;
      readonly reason: string;
      /** The smallest input found that fails in the same way, base64. */
      readonly smallest: string;
    }
  | {
      readonly type: 'done';
      readonly counts: Readonly<Record<Verdict, number>>;
      /** In order, from the warm-up to the end. */
      readonly samples: readonly Sample[];
    };

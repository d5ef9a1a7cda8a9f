/** The named data sets. Each is a stream of jobs; a job is one request. */
import { deepTrace } from './deep-trace.ts';
import { hugeLines } from './huge-lines.ts';
import { shop } from './shop.ts';
import type { Emission, Template } from './template.ts';
import { wide } from './wide.ts';

export interface Job {
  readonly template: Template;
  readonly emission: Emission;
}

export interface ScenarioOptions {
  readonly seed: number;
  /** Records wanted; at least so many are sent, in whole requests. */
  readonly spans: number;
  readonly logs: number;
  readonly metrics: boolean;
  readonly hours: number;
  /** Unix milliseconds where the window ends. */
  readonly endMs: number;
}

export interface Scenario {
  readonly what: string;
  readonly spans: number;
  readonly logs: number;
  readonly metrics: boolean;
  readonly jobs: (options: ScenarioOptions) => Iterable<Job>;
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  shop: {
    what: 'ten services, correlated traces, logs and metrics, busy days and quiet nights, two incidents',
    ...{ spans: 500_000, logs: 500_000, metrics: true, jobs: shop },
  },
  spans: { what: 'the traces of the shop alone', spans: 1_000_000, logs: 0, metrics: false, jobs: shop },
  logs: { what: 'the logs of the shop alone', spans: 0, logs: 1_000_000, metrics: false, jobs: shop },
  wide: {
    what: 'high cardinality: every span has its own operation name, every request its own pods, users and URLs',
    ...{ spans: 200_000, logs: 200_000, metrics: false, jobs: wide },
  },
  'deep-trace': {
    what: 'one trace of --spans spans, deep and broad',
    ...{ spans: 10_000, logs: 0, metrics: false, jobs: deepTrace },
  },
  'huge-lines': {
    what: 'log lines of 1 kB to 1 MB: stack traces, JSON in one line, text without a space',
    ...{ spans: 0, logs: 2_000, metrics: false, jobs: hugeLines },
  },
};

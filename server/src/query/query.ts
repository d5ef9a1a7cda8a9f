import type { TenantId } from '@hanok/contract';
import type { Clock, Log, Meter, Route } from '#base';
import type { Store } from '#store';
import type { QueryConfig } from './config.ts';
import { facets } from './facets.ts';
import { fields, fieldValues } from './fields/fields.ts';
import { histogram } from './histogram.ts';
import { logsContext, logsSearch } from './logs/search.ts';
import { metric, metrics } from './metrics/catalog.ts';
import { metricPoints } from './metrics/points.ts';
import { metricsQuery } from './metrics/query.ts';
import { service } from './operations/service.ts';
import { services } from './operations/services.ts';
import { Queries } from './queries.ts';
import type { QueryLimitsOf } from './query-limits.ts';
import { type ReadStorage, storage } from './storage.ts';
import { OpenTails } from './tail/open-tails.ts';
import { logsTail, type TailSource } from './tail/tail.ts';
import { TailThread } from './tail/tail-thread.ts';
import { heatmap } from './traces/heatmap.ts';
import { tracesSearch } from './traces/search.ts';
import { trace } from './traces/trace.ts';

export interface QueryDeps {
  readonly store: Pick<Store, 'select'>;
  /** Name of the engine that answers a tenant: turns at asking are counted for each. */
  readonly engineOf: (tenant: TenantId) => string;
  /** Absent, or for a tenant that is not known: the settings of this module and of the store alone. */
  readonly limitsOf?: QueryLimitsOf;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Entries of the caller's tenant: those the store has not taken in, and from then on each as it becomes durable. */
  readonly tail: TailSource;
  readonly storage: ReadStorage;
}

export interface Query {
  readonly routes: readonly Route[];
  /** Live tails that the tenant has open. */
  readonly tails: (tenant: TenantId) => number;
  /** Ends live tails. */
  close(): Promise<void>;
}

export function openQuery(config: QueryConfig, deps: QueryDeps): Query {
  const queries = new Queries(config, deps);
  const closing = new AbortController();
  const thread = new TailThread({ ...deps, module: new URL('./tail/thread.ts', import.meta.url) });
  const open = new OpenTails();
  const tail = logsTail(queries, { source: deps.tail, open, thread, stop: closing.signal });
  return {
    tails: (tenant) => open.of(tenant),
    routes: [
      logsSearch(queries),
      logsContext(queries),
      histogram(queries, 'logs'),
      facets(queries, 'logs'),
      tail,
      tracesSearch(queries),
      histogram(queries, 'traces'),
      facets(queries, 'traces'),
      heatmap(queries),
      trace(queries),
      services(queries),
      service(queries),
      fields(queries),
      fieldValues(queries),
      metrics(queries),
      metric(queries),
      metricPoints(queries),
      metricsQuery(queries),
      storage(deps.storage),
    ],
    async close() {
      closing.abort();
      await thread.close();
    },
  };
}

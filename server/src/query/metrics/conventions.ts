import type { MetricInfo } from '@hanok/contract';

/**
 * How a metric is shown when nobody says how, after OpenTelemetry's semantic conventions
 * (https://opentelemetry.io/docs/specs/semconv/general/metrics/): by its instrument, and by names whose attributes
 * split a whole into parts.
 */
type Instrument = Pick<MetricInfo, 'type' | 'monotonic'>;
export type DefaultAggregate = 'rate' | 'sum' | 'avg' | 'p95';

export function defaultAggregate({ type, monotonic }: Instrument): DefaultAggregate {
  switch (type) {
    case 'gauge':
      return 'avg';
    case 'sum':
      // A counter says how fast; an up-down counter how much there is, over all dimensions.
      return monotonic ? 'rate' : 'sum';
    default:
      return 'p95';
  }
}

/** Parts that are shown apart: the first attributes of the list that the metric has; all matching patterns count. */
const PARTS: ReadonlyArray<{ readonly metric: RegExp; readonly attributes: readonly string[] }> = [
  // user + idle is no figure of anything; an average of them is the number of modes, inverted.
  { metric: /\bcpu\.(?:time|utili[sz]ation)$/, attributes: ['cpu.mode', 'cpu.state', 'process.cpu.state', 'state'] },
  {
    metric: /\bmemory\.(?:usage|utili[sz]ation)$/,
    attributes: ['system.memory.state', 'linux.memory.slab.state', 'state'],
  },
  { metric: /\bfilesystem\.(?:usage|utili[sz]ation)$/, attributes: ['system.filesystem.state', 'state'] },
  { metric: /\bpaging\.(?:usage|utili[sz]ation)$/, attributes: ['system.paging.state', 'state'] },
  { metric: /utili[sz]ation$/, attributes: ['state'] },
  { metric: /\bprocess(?:es)?\.count$/, attributes: ['process.state', 'system.process.status', 'status'] },
  { metric: /\bconnections?\.(?:count|usage)$/, attributes: ['db.client.connection.state', 'state'] },
  { metric: /\bnetwork\.connections?(?:\.count)?$/, attributes: ['network.connection.state', 'state'] },
  {
    metric: /\b(?:disk|network|paging)\.[a-z_.]+$/,
    attributes: ['disk.io.direction', 'network.io.direction', 'system.paging.direction', 'direction'],
  },
  { metric: /^jvm\.memory\./, attributes: ['jvm.memory.type'] },
  { metric: /^jvm\.thread\.count$/, attributes: ['jvm.thread.state'] },
  { metric: /^nodejs\.eventloop\.time$/, attributes: ['nodejs.eventloop.state'] },
];

/** Attributes of `keys` (those the metric has) that keep its parts apart. */
export function defaultGroupBy(metric: string, keys: readonly string[]): string[] {
  const found = PARTS.filter((part) => part.metric.test(metric)).flatMap(
    (part) => part.attributes.find((attribute) => keys.includes(attribute)) ?? [],
  );
  return [...new Set(found)];
}

const UTILIZATION = /utili[sz]ation$/;

/**
 * What no line of a metric is taken over, whatever was asked for: shares of one whole always add up to it, so their
 * average over states says only how many states there are.
 */
export function keptApart(metric: string, keys: readonly string[]): string[] {
  return UTILIZATION.test(metric) ? defaultGroupBy(metric, keys) : [];
}

/** Seconds of a processor per second are processors in use: `{cpu}`, as the conventions write a number of them. */
const CPU_TIME = /\bcpu\.time$/;

export function rateUnit(metric: string, unit: string): string {
  if (unit === '' || unit === '1') return '1/s';
  return unit === 's' && CPU_TIME.test(metric) ? '{cpu}' : `${unit}/s`;
}

import { ARRIVAL } from './generate.ts';
import type { Flat } from './rebuild.ts';

/** What protobufjs read, record by record, in the form of `rebuild.ts`. Says what the decoder must keep. */

type Any = Record<string, unknown>;
const list = (of: unknown) => (of ?? []) as Any[];
const text = (of: unknown) => String(of ?? '');
const number = (of: unknown) => Number(of ?? 0);
const big = (of: unknown) => BigInt(String(of ?? 0));
const hex = (of: unknown, length: number) => {
  const bytes = of as Uint8Array | undefined;
  if (!bytes || bytes.length !== length || bytes.every((byte) => byte === 0)) return '';
  return Buffer.from(bytes).toString('hex');
};

function value(of: unknown): unknown {
  const any = (of ?? {}) as Any;
  if ('bytesValue' in any) return { bytesValue: Buffer.from(any['bytesValue'] as Uint8Array).toString('base64') };
  if ('arrayValue' in any) return { arrayValue: { values: list((any['arrayValue'] as Any)['values']).map(value) } };
  if ('kvlistValue' in any) return { kvlistValue: { values: pairs((any['kvlistValue'] as Any)['values']) } };
  return any;
}

const pairs = (of: unknown) => list(of).map((pair) => ({ key: text(pair['key']), value: value(pair['value']) }));

function around(holder: Any, within: Any): Flat {
  const resource = (holder['resource'] ?? {}) as Any;
  const scope = (within['scope'] ?? {}) as Any;
  const known = {
    name: text(scope['name']),
    version: text(scope['version']),
    attributes: pairs(scope['attributes']),
    dropped: number(scope['droppedAttributesCount']),
    schemaUrl: text(within['schemaUrl']),
  };
  return {
    resource: {
      attributes: pairs(resource['attributes']),
      dropped: number(resource['droppedAttributesCount']),
      schemaUrl: text(holder['schemaUrl']),
      entityRefs: list(resource['entityRefs']).map((ref) => ({
        schemaUrl: text(ref['schemaUrl']),
        type: text(ref['type']),
        idKeys: list(ref['idKeys']),
        descriptionKeys: list(ref['descriptionKeys']),
      })),
    },
    scope: known,
  };
}

function each(message: Any, outer: string, middle: string, inner: string): { record: Any; place: Flat }[] {
  return list(message[outer]).flatMap((holder) =>
    list(holder[middle]).flatMap((within) =>
      list(within[inner]).map((record) => ({ record, place: around(holder, within) })),
    ),
  );
}

export function flattenLogs(message: Any): Flat[] {
  return each(message, 'resourceLogs', 'scopeLogs', 'logRecords').map(({ record, place }) => ({
    ...place,
    time: big(record['timeUnixNano']),
    observed: big(record['observedTimeUnixNano']) === 0n ? ARRIVAL : big(record['observedTimeUnixNano']),
    severityNumber: number(record['severityNumber']),
    severitySent: text(record['severityText']),
    body: value(record['body']),
    attributes: pairs(record['attributes']),
    dropped: number(record['droppedAttributesCount']),
    flags: number(record['flags']),
    traceId: hex(record['traceId'], 16),
    spanId: hex(record['spanId'], 8),
    eventName: text(record['eventName']),
  }));
}

/** Spans that must be kept, and how many must be rejected. */
export function flattenSpans(message: Any): { readonly kept: Flat[]; readonly rejected: number } {
  const all = each(message, 'resourceSpans', 'scopeSpans', 'spans');
  const kept = all.filter(({ record }) => {
    const parent = (record['parentSpanId'] as Uint8Array | undefined)?.length ?? 0;
    return hex(record['traceId'], 16) !== '' && hex(record['spanId'], 8) !== '' && (parent === 0 || parent === 8);
  });
  const clip = (of: unknown, most: number) => (number(of) > most ? 0 : number(of));
  return {
    rejected: all.length - kept.length,
    kept: kept.map(({ record, place }) => {
      const status = (record['status'] ?? {}) as Any;
      return {
        ...place,
        traceId: hex(record['traceId'], 16),
        spanId: hex(record['spanId'], 8),
        parentSpanId: hex(record['parentSpanId'], 8),
        traceState: text(record['traceState']),
        flags: number(record['flags']),
        name: text(record['name']),
        kind: clip(record['kind'], 5),
        start: big(record['startTimeUnixNano']),
        end: big(record['endTimeUnixNano']),
        attributes: pairs(record['attributes']),
        dropped: number(record['droppedAttributesCount']),
        events: list(record['events']).map((event) => ({
          time: big(event['timeUnixNano']),
          name: text(event['name']),
          attributes: pairs(event['attributes']),
          dropped: number(event['droppedAttributesCount']),
        })),
        droppedEvents: number(record['droppedEventsCount']),
        links: list(record['links']).map((link) => ({
          traceId: hex(link['traceId'], 16),
          spanId: hex(link['spanId'], 8),
          traceState: text(link['traceState']),
          flags: number(link['flags']),
          attributes: pairs(link['attributes']),
          dropped: number(link['droppedAttributesCount']),
        })),
        droppedLinks: number(record['droppedLinksCount']),
        statusCode: clip(status['code'], 2),
        statusMessage: text(status['message']),
      };
    }),
  };
}

const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];
const TYPES = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'];

const counts = (of: unknown) => ((of ?? []) as string[]).map(BigInt);

/** Whether the buckets of a histogram can be right. */
function isPossible(point: Any): boolean {
  const buckets = counts(point['bucketCounts']);
  const bounds = (point['explicitBounds'] ?? []) as number[];
  if (bounds.some((bound, i) => Number.isNaN(bound) || (i > 0 && bound <= bounds[i - 1]!))) return false;
  if (buckets.length === 0) return true;
  if (bounds.length > 0 && buckets.length !== bounds.length + 1) return false;
  return buckets.reduce((sum, one) => sum + one, 0n) === big(point['count']);
}

/** The points that must be kept: numbers first, then histograms, as the tables have them. */
export function flattenPoints(message: Any): Flat[] {
  const points = each(message, 'resourceMetrics', 'scopeMetrics', 'metrics').flatMap(({ record, place }) => {
    const kind = KINDS.findIndex((name) => name in record);
    // A metric needs a name.
    if (kind < 0 || text(record['name']) === '') return [];
    const data = record[KINDS[kind]!] as Any;
    const sent = list(data['dataPoints']).filter((point) => kind !== 2 || isPossible(point));
    return sent.map((point): Flat => {
      const time = big(point['timeUnixNano']);
      const exemplars = list(point['exemplars']).map((one) => ({
        attributes: pairs(one['filteredAttributes']),
        // Without a time of its own it is filed with its point.
        time: big(one['timeUnixNano']),
        value: 'asInt' in one ? { asInt: one['asInt'] } : 'asDouble' in one ? { asDouble: one['asDouble'] } : {},
        traceId: hex(one['traceId'], 16),
        spanId: hex(one['spanId'], 8),
      }));
      const temporality = number(data['aggregationTemporality']);
      const common = {
        ...place,
        name: text(record['name']),
        type: TYPES[kind],
        unit: text(record['unit']),
        description: text(record['description']),
        temporality: temporality > 2 ? 0 : temporality,
        monotonic: data['isMonotonic'] === true ? 1 : 0,
        metadata: pairs(record['metadata']),
        attributes: pairs(point['attributes']),
        time,
        start: big(point['startTimeUnixNano']),
        flags: number(point['flags']),
        exemplars,
      };
      if (kind < 2)
        return {
          ...common,
          // A point that says it has no value has none, whatever it carries.
          value:
            (number(point['flags']) & 1) !== 0
              ? {}
              : 'asInt' in point
                ? { asInt: point['asInt'] }
                : 'asDouble' in point
                  ? { asDouble: point['asDouble'] }
                  : {},
        };
      const base = { ...common, count: big(point['count']), sum: point['sum'] ?? null };
      const ends = { min: point['min'] ?? null, max: point['max'] ?? null };
      if (kind === 2)
        return {
          ...base,
          ...ends,
          bucketCounts: counts(point['bucketCounts']),
          explicitBounds: point['explicitBounds'] ?? [],
        };
      if (kind === 4)
        return {
          ...base,
          sum: number(point['sum']),
          quantiles: list(point['quantileValues']).map((one) => number(one['quantile'])),
          values: list(point['quantileValues']).map((one) => number(one['value'])),
        };
      const buckets = (of: unknown) => {
        const side = (of ?? {}) as Any;
        return { offset: number(side['offset']), counts: counts(side['bucketCounts']) };
      };
      return {
        ...base,
        ...ends,
        scale: number(point['scale']),
        zeroCount: big(point['zeroCount']),
        zeroThreshold: number(point['zeroThreshold']),
        positive: buckets(point['positive']),
        negative: buckets(point['negative']),
      };
    });
  });
  return [...points.filter((point) => 'value' in point), ...points.filter((point) => !('value' in point))];
}

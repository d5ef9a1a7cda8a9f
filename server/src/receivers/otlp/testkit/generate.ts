import type { Signal } from '@hanok/contract';
import type { Random } from './random.ts';

/** Random valid requests as plain objects in the form protobufjs takes (camelCase, 64-bit numbers as strings). */

export const ARRIVAL = 1_790_000_000_123_456_789n;

type Fields = Record<string, unknown>;

const WORDS = [
  '',
  'a',
  'GET',
  'héllo wörld',
  '한옥 로그',
  '🏠🧱',
  'x'.repeat(200),
  'a\u0000b',
  '"quoted"\\\n\t',
  '\u2028',
  'é',
];
const KEYS = [
  'http.method',
  'k',
  '',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '키',
  'service.name',
  'host.name',
  'n',
  'level',
];
const INTEGERS = [
  '0',
  '1',
  '-1',
  '9007199254740993',
  '-9223372036854775808',
  '9223372036854775807',
  '1000000000',
  '999999999',
  '4294967296',
];
const DOUBLES = [
  0,
  -0,
  1,
  0.1,
  -1e300,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e21,
  123456789,
];

function text(random: Random): string {
  return random.chance(0.7) ? random.pick(WORDS) : `${random.pick(WORDS)}-${random.below(1_000)}`;
}

function integer(random: Random): string {
  return random.chance(0.5)
    ? random.pick(INTEGERS)
    : BigInt.asIntN(64, random.uint64() >> BigInt(random.below(64))).toString();
}

function double(random: Random): number {
  return random.chance(0.4) ? random.pick(DOUBLES) : (random.fraction() - 0.5) * 10 ** random.below(20);
}

function count(random: Random): string {
  return random.chance(0.1) ? '18446744073709551615' : (random.uint64() >> BigInt(random.below(64))).toString();
}

/** A time inside the window, sometimes none, sometimes absurd. */
function time(random: Random): string {
  const kind = random.below(20);
  if (kind === 0) return '0';
  if (kind === 1)
    return random.pick(['1', '18446744073709551615', '9223372036854775808', '253402300800000000000'.slice(0, 19)]);
  return (ARRIVAL - BigInt(random.below(3 * 86_400)) * 1_000_000_000n - (random.uint64() % 1_000_000_000n)).toString();
}

function value(random: Random, depth: number): Fields {
  switch (random.below(depth > 3 ? 6 : 9)) {
    case 0:
      return { boolValue: random.chance(0.5) };
    case 1:
      return { intValue: integer(random) };
    case 2:
      return { doubleValue: double(random) };
    case 3:
      return { bytesValue: random.bytes(random.below(9)) };
    case 4:
      return {};
    case 5:
    case 6:
      return { stringValue: text(random) };
    case 7:
      return { arrayValue: { values: random.list(4, () => value(random, depth + 1)) } };
    default:
      return { kvlistValue: { values: random.list(4, () => pair(random, depth + 1)) } };
  }
}

function pair(random: Random, depth = 0): Fields {
  const made: Fields = { key: random.chance(0.8) ? random.pick(KEYS) : text(random) };
  if (random.chance(0.95)) made['value'] = random.chance(0.6) ? { stringValue: text(random) } : value(random, depth);
  return made;
}

const pairs = (random: Random, most = 8) => random.list(most, () => pair(random));
const maybe = (random: Random, fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(() => random.chance(0.85)));

function resource(random: Random): Fields {
  return maybe(random, {
    attributes: pairs(random),
    droppedAttributesCount: random.below(3),
    entityRefs: random.list(2, () => ({
      schemaUrl: text(random),
      type: text(random),
      idKeys: random.list(3, () => text(random)),
      descriptionKeys: random.list(2, () => text(random)),
    })),
  });
}

function scope(random: Random): Fields {
  return maybe(random, {
    name: text(random),
    version: text(random),
    attributes: pairs(random, 3),
    droppedAttributesCount: random.below(3),
  });
}

function traceId(random: Random): Uint8Array {
  return random.chance(0.9)
    ? random.bytes(16)
    : random.pick([new Uint8Array(0), new Uint8Array(16), random.bytes(15), random.bytes(17)]);
}
function spanId(random: Random): Uint8Array {
  return random.chance(0.9)
    ? random.bytes(8)
    : random.pick([new Uint8Array(0), new Uint8Array(8), random.bytes(7), random.bytes(16)]);
}

function logRecord(random: Random): Fields {
  return maybe(random, {
    timeUnixNano: time(random),
    observedTimeUnixNano: time(random),
    severityNumber: random.chance(0.9) ? random.below(25) : random.pick([25, 9_999, -1]),
    severityText: random.pick(['', 'INFO', 'warn', 'Error', 'critical', 'nonsense', 'debug2', 'panic']),
    body: value(random, 0),
    attributes: pairs(random),
    droppedAttributesCount: random.below(4),
    flags: random.below(512),
    traceId: traceId(random),
    spanId: spanId(random),
    eventName: text(random),
  });
}

function span(random: Random): Fields {
  return maybe(random, {
    traceId: traceId(random),
    spanId: spanId(random),
    traceState: text(random),
    parentSpanId: random.chance(0.3) ? new Uint8Array(0) : spanId(random),
    flags: random.below(1024),
    name: text(random),
    kind: random.chance(0.95) ? random.below(6) : 99,
    startTimeUnixNano: time(random),
    endTimeUnixNano: time(random),
    attributes: pairs(random, 12),
    droppedAttributesCount: random.below(3),
    events: random.list(3, () =>
      maybe(random, {
        timeUnixNano: time(random),
        name: text(random),
        attributes: pairs(random, 3),
        droppedAttributesCount: random.below(3),
      }),
    ),
    droppedEventsCount: random.below(3),
    links: random.list(2, () =>
      maybe(random, {
        traceId: random.bytes(16),
        spanId: random.bytes(8),
        traceState: text(random),
        attributes: pairs(random, 2),
        droppedAttributesCount: random.below(3),
        flags: random.below(512),
      }),
    ),
    droppedLinksCount: random.below(3),
    status: maybe(random, { message: text(random), code: random.chance(0.95) ? random.below(3) : 7 }),
  });
}

function exemplar(random: Random): Fields {
  return {
    ...maybe(random, { filteredAttributes: pairs(random, 2), spanId: random.bytes(8), traceId: random.bytes(16) }),
    timeUnixNano: time(random),
    ...random.pick<Fields>([{ asDouble: double(random) }, { asInt: integer(random) }, {}]),
  };
}

function point(random: Random, more: Fields): Fields {
  return maybe(random, {
    attributes: pairs(random, 4),
    startTimeUnixNano: time(random),
    timeUnixNano: time(random),
    flags: random.below(4) * 2,
    ...more,
  });
}

const numberPoint = (random: Random) =>
  point(random, {
    ...random.pick<Fields>([{ asDouble: double(random) }, { asInt: integer(random) }]),
    exemplars: random.list(2, () => exemplar(random)),
  });

/** Mostly such as can be right; `point` leaves out one or the other. */
function buckets(random: Random): Fields {
  const bounds = random.list(5, () => double(random));
  const counts = Array.from({ length: bounds.length + 1 }, () => count(random));
  if (random.chance(0.2)) return { bucketCounts: counts, explicitBounds: bounds };
  const explicitBounds = [...new Set(bounds.filter((bound) => !Number.isNaN(bound)))].sort((a, b) => a - b);
  const bucketCounts = counts.slice(0, explicitBounds.length + 1);
  const sum = bucketCounts.reduce((total, one) => total + BigInt(one), 0n);
  return { count: String(BigInt.asUintN(64, sum)), bucketCounts, explicitBounds };
}

function metric(random: Random, name: string): Fields {
  const temporality = { aggregationTemporality: random.chance(0.95) ? random.below(3) : 9 };
  const data = random.pick<() => Fields>([
    () => ({ gauge: { dataPoints: random.list(4, () => numberPoint(random)) } }),
    () => ({
      sum: { dataPoints: random.list(4, () => numberPoint(random)), ...temporality, isMonotonic: random.chance(0.5) },
    }),
    () => ({
      histogram: {
        ...temporality,
        dataPoints: random.list(3, () =>
          point(random, {
            count: count(random),
            sum: double(random),
            min: double(random),
            max: double(random),
            ...buckets(random),
            exemplars: random.list(2, () => exemplar(random)),
          }),
        ),
      },
    }),
    () => ({
      exponentialHistogram: {
        ...temporality,
        dataPoints: random.list(3, () =>
          point(random, {
            count: count(random),
            sum: double(random),
            scale: random.pick([0, 3, -10, 20, 2_147_483_647, -2_147_483_648]),
            zeroCount: count(random),
            positive: maybe(random, {
              offset: random.pick([0, -5, 2_147_483_647]),
              bucketCounts: random.list(5, () => count(random)),
            }),
            negative: maybe(random, {
              offset: random.pick([0, 7, -2_147_483_648]),
              bucketCounts: random.list(5, () => count(random)),
            }),
            exemplars: random.list(2, () => exemplar(random)),
            min: double(random),
            max: double(random),
            zeroThreshold: double(random),
          }),
        ),
      },
    }),
    () => ({
      summary: {
        dataPoints: random.list(3, () =>
          point(random, {
            count: count(random),
            sum: double(random),
            quantileValues: random.list(4, () => ({ quantile: random.fraction(), value: double(random) })),
          }),
        ),
      },
    }),
  ])();
  return {
    name,
    ...maybe(random, { description: text(random), unit: text(random), metadata: pairs(random, 2) }),
    ...data,
  };
}

export function request(signal: Signal, random: Random): Fields {
  const schemaUrl = () => (random.chance(0.3) ? { schemaUrl: text(random) } : {});
  const within = () => ({ ...(random.chance(0.85) ? { scope: scope(random) } : {}), ...schemaUrl() });
  const around = () => ({ ...(random.chance(0.9) ? { resource: resource(random) } : {}), ...schemaUrl() });
  switch (signal) {
    case 'logs':
      return {
        resourceLogs: random.list(3, () => ({
          ...around(),
          scopeLogs: random.list(3, () => ({ ...within(), logRecords: random.list(5, () => logRecord(random)) })),
        })),
      };
    case 'traces':
      return {
        resourceSpans: random.list(3, () => ({
          ...around(),
          scopeSpans: random.list(3, () => ({ ...within(), spans: random.list(5, () => span(random)) })),
        })),
      };
    default:
      return {
        resourceMetrics: random.list(3, () => ({
          ...around(),
          scopeMetrics: random.list(2, () => ({
            ...within(),
            metrics: random.list(4, () => metric(random, `metric ${random.below(1_000_000)}`)),
          })),
        })),
      };
  }
}

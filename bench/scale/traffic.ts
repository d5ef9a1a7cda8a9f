/** What tenants send: per day a few requests each of logs, spans and samples, all tenants in turns, days in order. */
import { emission } from '../../scripts/seed/emission.ts';
import { Random } from '../../scripts/seed/random.ts';
import {
  encodeLogs,
  encodeSpans,
  Groups,
  KIND,
  type LogRecord,
  type Resource,
  type SpanRecord,
} from '../../scripts/seed/records.ts';
import type { Template } from '../../scripts/seed/template.ts';
import { Wire } from '../../scripts/seed/wire.ts';
import type { Post } from '../footprint/post.ts';

export interface Volume {
  /** Records of each signal, per tenant and day. */
  readonly records: number;
  /** Requests of each signal per tenant and day; they share the day's records. */
  readonly requests: number;
  /** Log and span streams (resources) of a tenant. */
  readonly streams: number;
  /** Metric series of a tenant. */
  readonly series: number;
}

export interface Sender {
  readonly key: string;
  /** How many times the usual number of requests it sends. */
  readonly weight: number;
}

const DAY_MS = 86_400_000;
const SPANS_PER_TRACE = 5;
const VERBS = ['reserved', 'charged', 'shipped', 'declined', 'refunded', 'queued', 'retried', 'expired'];
const ROUTES = 20;

export class Traffic {
  readonly #volume: Volume;
  readonly #seed: number;
  readonly #templates: ReadonlyArray<readonly [path: Post['path'], template: Template, slots: number]>;

  constructor(volume: Volume, seed: number) {
    this.#volume = volume;
    this.#seed = seed;
    const random = new Random(seed, 7);
    const resources = Array.from({ length: volume.streams }, (_, i) => resource(i));
    const count = Math.max(1, Math.round(volume.records / volume.requests));
    const slots = Math.ceil(count / SPANS_PER_TRACE);
    const spreadMs = DAY_MS / volume.requests;
    this.#templates = [
      ['/v1/logs', logs(random, resources, count, spreadMs), slots],
      ['/v1/traces', spans(random, resources, count, spreadMs), slots],
      ['/v1/metrics', samples(random, resources, count, volume.series, spreadMs), 1],
    ];
  }

  /** One day from `fromMs` for all senders: each hour-slice of the day by every sender before the next slice. */
  *day(senders: readonly Sender[], fromMs: number): Generator<Post & { readonly records: number }> {
    const { requests } = this.#volume;
    const stepMs = DAY_MS / requests;
    for (let slice = 0; slice < requests; slice++) {
      for (const [n, { key, weight }] of senders.entries()) {
        for (let again = 0; again < weight; again++) {
          const random = new Random(this.#seed + again, (fromMs / stepMs + slice) * 100_003 + n);
          for (const [path, template, slots] of this.#templates) {
            const one = emission(random, slots, () => fromMs + slice * stepMs);
            yield { key, path, body: template.stamp(one), records: template.records };
          }
        }
      }
    }
  }

  /** Records of all signals that a sender of weight one sends in a day. */
  get recordsPerDay(): number {
    return this.#volume.requests * this.#templates.reduce((sum, [, template]) => sum + template.records, 0);
  }
}

function resource(n: number): Resource {
  const service = `service-${n}`;
  return {
    service,
    attributes: [
      ['service.name', service],
      ['service.version', '1.4.2'],
      ['deployment.environment.name', 'production'],
      ['host.name', `node-${n}.internal`],
    ],
  };
}

const id = (random: Random) => [random.uint32(), random.uint32()] as const;

function logs(random: Random, resources: readonly Resource[], count: number, spreadMs: number): Template {
  const groups = new Groups<LogRecord>();
  for (let i = 0; i < count; i++)
    groups.add(resources[i % resources.length]!, {
      slot: Math.floor(i / SPANS_PER_TRACE),
      span: id(random),
      at: (spreadMs * 1e6 * (i + random.unit())) / count,
      severity: random.chance(0.03) ? 'error' : random.chance(0.1) ? 'warn' : 'info',
      body: `order ######## ${VERBS[random.below(VERBS.length)]} in ${random.below(900)} ms, cart has ${random.below(17)} items`,
      attributes: [
        ['http.route', `/orders/${random.below(ROUTES)}`],
        ['http.request.method', 'GET'],
        ['http.response.status_code', 200],
      ],
    });
  return encodeLogs(groups);
}

function spans(random: Random, resources: readonly Resource[], count: number, spreadMs: number): Template {
  const groups = new Groups<SpanRecord>();
  let root: readonly [number, number] | undefined;
  for (let i = 0; i < count; i++) {
    const own = id(random);
    const first = i % SPANS_PER_TRACE === 0;
    const start = (spreadMs * 1e6 * (i - (i % SPANS_PER_TRACE))) / count + (i % SPANS_PER_TRACE) * 1e6;
    groups.add(resources[i % resources.length]!, {
      slot: Math.floor(i / SPANS_PER_TRACE),
      id: own,
      parent: first ? undefined : root,
      name: first ? `GET /orders/${random.below(ROUTES)}` : 'SELECT orders',
      kind: first ? KIND.server : KIND.client,
      start,
      end: start + random.below(200_000_000),
      attributes: [
        ['http.request.method', 'GET'],
        ['db.system.name', 'postgresql'],
        ['server.address', 'db.internal'],
      ],
      ...(random.chance(0.02) ? { error: 'deadline exceeded' } : {}),
    });
    if (first) root = own;
  }
  return encodeSpans(groups);
}

/** Gauges of ten names; the points of a series are evenly spread. */
function samples(
  random: Random,
  resources: readonly Resource[],
  count: number,
  series: number,
  spreadMs: number,
): Template {
  const wire = new Wire();
  const points = Math.max(1, Math.round(count / series));
  wire.resource(resources[0]!.attributes, 'scale', () => {
    for (let one = 0; one < series; one++)
      wire.message(2, () => {
        wire.text(1, `runtime.pool_${one % 10}.usage`);
        wire.text(3, 'By');
        wire.message(5, () => {
          for (let at = 0; at < points; at++)
            wire.message(1, () => {
              wire.time(3, 0, (spreadMs * 1e6 * at) / points);
              wire.double(4, Math.round(1e6 * random.unit()));
              wire.attributes(7, [['pool', `generation-${Math.floor(one / 10)}`]]);
            });
        });
      });
  });
  return wire.finish('metrics', new Map([[resources[0]!.service, points * series]]));
}

/** Request bodies of a small fleet, encoded once and stamped with fresh times and ids at each sending. */
import { emission } from '../../scripts/seed/emission.ts';
import type { Random } from '../../scripts/seed/random.ts';
import {
  encodeLogs,
  encodeSpans,
  Groups,
  KIND,
  type LogRecord,
  type Resource,
  type SpanId,
  type SpanRecord,
} from '../../scripts/seed/records.ts';
import type { Signal, Template } from '../../scripts/seed/template.ts';
import { Wire } from '../../scripts/seed/wire.ts';

const SERVICES = ['checkout', 'payment', 'catalog', 'inventory', 'mailer', 'front', 'search', 'recommendation'];
const TALK = [
  'order ######## reserved for customer ########, cart has 3 items',
  'payment ######## charged by the gateway in 211 ms',
  'cache miss for product ########, asking the database',
  'retrying after a timeout of 250 ms, attempt 2 of order ########',
  'connection ######## taken from the pool',
  'mail ######## queued for delivery',
];
const ROUTES = ['/orders', '/orders/:id', '/cart', '/products/:id', '/search', '/login', '/health', '/invoices'];
/** Traces per request: records of one trace are near each other, as exporters send them. */
const SLOTS = 40;
const MS = 1_000_000;

/** Pods come and go: `generation` is part of a pod's name, so new ones bring new resources and series. */
function resourceOf(service: string, pod: number, generation: number): Resource {
  return {
    service,
    attributes: [
      ['service.name', service],
      ['service.namespace', 'shop'],
      ['service.version', `2.14.${generation % 10}`],
      ['deployment.environment.name', 'production'],
      ['host.name', `node-${pod % 40}.internal`],
      ['k8s.namespace.name', 'shop'],
      ['k8s.pod.name', `${service}-${generation}-${pod}`],
    ],
  };
}

function logs(random: Random, records: number, resources: readonly Resource[]): Template {
  const groups = new Groups<LogRecord>();
  for (let i = 0; i < records; i++) {
    const severity = random.chance(0.02) ? 'error' : random.chance(0.1) ? 'warn' : 'info';
    groups.add(resources[Math.floor((i * resources.length) / records)]!, {
      slot: i % SLOTS,
      span: [random.uint32(), random.uint32()],
      at: i * 10_000,
      severity,
      body: random.pick(TALK),
      attributes: [
        ['http.route', random.pick(ROUTES)],
        ['http.request.method', random.chance(0.7) ? 'GET' : 'POST'],
        ['http.response.status_code', severity === 'error' ? 500 : 200],
        ['thread.name', `worker-${random.below(16)}`],
        ['order.items', random.below(17)],
        ['customer.tier', random.chance(0.2) ? 'gold' : 'standard'],
      ],
    });
  }
  return encodeLogs(groups);
}

function spans(random: Random, records: number, resources: readonly Resource[]): Template {
  const groups = new Groups<SpanRecord>();
  const roots: SpanId[] = Array.from({ length: SLOTS }, () => [random.uint32(), random.uint32()]);
  for (let i = 0; i < records; i++) {
    const slot = i % SLOTS;
    const root = i < SLOTS;
    const start = root ? 0 : (1 + random.below(20)) * MS;
    const long = random.skewed(root ? 60 : 12) * MS;
    groups.add(resources[Math.floor((i * resources.length) / records)]!, {
      slot,
      id: root ? roots[slot]! : [random.uint32(), random.uint32()],
      parent: root ? undefined : roots[slot]!,
      name: root
        ? `GET ${random.pick(ROUTES)}`
        : random.chance(0.5)
          ? 'SELECT orders'
          : `call ${random.pick(SERVICES)}`,
      kind: root ? KIND.server : KIND.client,
      start,
      end: start + long,
      attributes: [
        ['http.route', random.pick(ROUTES)],
        ['http.request.method', 'GET'],
        ['http.response.status_code', 200],
        ['server.address', 'db.internal'],
        ['server.port', 5432],
        ['db.system', 'postgresql'],
        ['db.statement', `SELECT * FROM orders WHERE id = $1 AND region = ${random.below(12)}`],
        ['thread.name', `worker-${random.below(16)}`],
      ],
      ...(random.chance(0.02) ? { error: 'deadline exceeded' } : {}),
    });
  }
  return encodeSpans(groups);
}

/** Gauges: every data point is one record. */
function metrics(random: Random, records: number, resources: readonly Resource[]): Template {
  const wire = new Wire();
  const services = new Map<string, number>();
  const each = Math.max(1, Math.floor(records / resources.length));
  for (const { service, attributes } of resources) {
    wire.resource(attributes, '@hanok/bench-meter', () => {
      for (let i = 0; i < each; i++) {
        wire.message(2, () => {
          wire.text(1, ['process.cpu.utilization', 'process.memory.usage', 'queue.depth', 'pool.idle'][i % 4]!);
          wire.text(3, '1');
          wire.message(5, () =>
            wire.message(1, () => {
              wire.time(3, 0, 0);
              wire.double(4, random.unit() * 100);
              wire.attributes(7, [['shard', i >> 2]]);
            }),
          );
        });
      }
    });
    services.set(service, (services.get(service) ?? 0) + each);
  }
  return wire.finish('metrics', services);
}

/** Records of one request come from this many pods, as a Collector batches them. */
const PODS_PER_REQUEST = 4;
/** Sendings of one signal after which one of its templates is made anew with younger pods. */
const CHURN_EVERY = 2_000;
const VARIANTS = 8;

/** Endless bodies of one signal. Deterministic but for the times. */
export class Bodies {
  readonly #signal: Signal;
  readonly #records: number;
  readonly #random: Random;
  readonly #templates: Template[];
  #sent = 0;
  #generation = 0;

  constructor(signal: Signal, records: number, random: Random) {
    this.#signal = signal;
    this.#records = records;
    this.#random = random;
    this.#templates = Array.from({ length: VARIANTS }, (_, variant) => this.#make(variant));
  }

  /** A new buffer of times around `nowMs`, and how many records it has. */
  next(nowMs: number): { readonly bytes: Uint8Array; readonly records: number } {
    const variant = this.#sent++ % VARIANTS;
    if (this.#sent % CHURN_EVERY === 0) {
      this.#generation++;
      this.#templates[variant] = this.#make(variant);
    }
    const template = this.#templates[variant]!;
    // What a batch holds happened in the seconds before it is sent.
    const back = this.#signal === 'metrics' ? 0 : 2_000;
    const bytes = template.stamp(emission(this.#random, SLOTS, () => nowMs - this.#random.unit() * back));
    return { bytes, records: template.records };
  }

  #make(variant: number): Template {
    const resources = Array.from({ length: PODS_PER_REQUEST }, (_, i) =>
      resourceOf(SERVICES[(variant * PODS_PER_REQUEST + i) % SERVICES.length]!, variant * 8 + i, this.#generation),
    );
    const make = { logs, traces: spans, metrics }[this.#signal];
    return make(this.#random, this.#records, resources);
  }
}

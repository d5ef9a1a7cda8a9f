/** The shop's metrics minute by minute: gauges, a counter and latency histograms of every instance. */
import type { Random } from './random.ts';
import type { Resource } from './records.ts';
import { trafficAt } from './shop-model.ts';
import type { Template } from './template.ts';
import { Wire } from './wire.ts';

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Share of requests per bucket on a calm day and while something is wrong. */
const CALM_SHARES = [0.1, 0.22, 0.31, 0.2, 0.1, 0.04, 0.015, 0.01, 0.004, 0.0009, 0.0001];
const BAD_SHARES = [0.08, 0.18, 0.25, 0.17, 0.09, 0.06, 0.06, 0.06, 0.03, 0.015, 0.005];
const REQUESTS_PER_MINUTE = 900;
const STATUSES = [200, 500];
/** Aggregation temporality. */
const DELTA = 1;
const CUMULATIVE = 2;

/** What is said of one minute. */
interface Minute {
  /** Nanoseconds after the base of the template's slot. */
  readonly after: number;
  readonly ms: number;
  /** Where the window begins, and the counters with it. */
  readonly startMs: number;
  /** Share of the traffic of a busy minute. */
  readonly load: number;
  readonly incident: boolean;
}

function gauge(wire: Wire, minute: Minute, name: string, unit: string, value: number): void {
  wire.message(2, () => {
    wire.text(1, name);
    wire.text(3, unit);
    wire.message(5, () =>
      wire.message(1, () => {
        wire.time(3, 0, minute.after);
        wire.double(4, value);
      }),
    );
  });
}

function orderCounter(wire: Wire, minute: Minute): void {
  const minutes = Math.round((minute.ms - minute.startMs) / 60_000) + 1;
  wire.message(2, () => {
    wire.text(1, 'shop.orders.placed');
    wire.text(3, '{order}');
    wire.message(7, () => {
      wire.message(1, () => {
        wire.fixed64(2, minute.startMs * 1_000_000);
        wire.time(3, 0, minute.after);
        wire.fixed64(6, Math.round(minutes * REQUESTS_PER_MINUTE * 0.056));
      });
      wire.uint(2, CUMULATIVE);
      wire.uint(3, 1);
    });
  });
}

function requestDurations(wire: Wire, minute: Minute): void {
  wire.message(2, () => {
    wire.text(1, 'http.server.request.duration');
    wire.text(2, 'Duration of HTTP server requests.');
    wire.text(3, 's');
    wire.message(9, () => {
      for (const status of STATUSES) {
        const shares = minute.incident ? BAD_SHARES : CALM_SHARES;
        const ofAll = status === 200 ? 0.99 : minute.incident ? 0.08 : 0.004;
        const counts = shares.map((share) => Math.round(share * REQUESTS_PER_MINUTE * minute.load * ofAll));
        wire.message(1, () => {
          wire.attributes(9, [
            ['http.request.method', 'GET'],
            ['http.response.status_code', status],
          ]);
          wire.fixed64(2, (minute.ms - 60_000) * 1_000_000);
          wire.time(3, 0, minute.after);
          const total = counts.reduce((sum, count) => sum + count, 0);
          wire.fixed64(4, total);
          wire.double(
            5,
            counts.reduce((seconds, count, i) => seconds + count * (BOUNDS[i] ?? 8) * 0.7, 0),
          );
          wire.packedFixed64(6, counts);
          wire.packedDoubles(7, BOUNDS);
        });
      }
      wire.uint(2, DELTA);
    });
  });
}

/** All instances' points of the minutes from `fromMs` to before `toMs`; the slot's base is `fromMs`. */
export function metricsTemplate(
  resources: ReadonlyMap<string, readonly Resource[]>,
  span: { readonly fromMs: number; readonly toMs: number; readonly startMs: number },
  random: Random,
  incidentAt: (ms: number) => boolean,
): Template {
  const wire = new Wire();
  const services = new Map<string, number>();
  for (let ms = span.fromMs; ms < span.toMs; ms += 60_000) {
    const at = new Date(ms);
    const load = trafficAt(at.getUTCHours() + at.getUTCMinutes() / 60);
    const after = (ms - span.fromMs) * 1_000_000;
    const minute: Minute = { after, ms, startMs: span.startMs, load, incident: incidentAt(ms) };
    for (const [service, instances] of resources) {
      const counts = service === 'orders';
      for (const resource of instances) {
        wire.resource(resource.attributes, '@hanok/seed-metrics', () => {
          gauge(wire, minute, 'process.cpu.utilization', '1', load * (0.3 + 0.2 * random.unit()));
          gauge(wire, minute, 'process.memory.usage', 'By', 180e6 + 40e6 * load + 8e6 * random.unit());
          gauge(wire, minute, 'db.client.connection.count', '{connection}', Math.round(2 + 8 * load * random.unit()));
          requestDurations(wire, minute);
          if (counts) orderCounter(wire, minute);
        });
      }
      const points = instances.length * (3 + STATUSES.length + (counts ? 1 : 0));
      services.set(service, (services.get(service) ?? 0) + points);
    }
  }
  return wire.finish('metrics', services);
}

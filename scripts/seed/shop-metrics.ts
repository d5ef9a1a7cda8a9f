/** One minute of the shop's metrics: gauges, counters and latency histograms of every instance. */
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
const CUMULATIVE = 2;

function gauge(wire: Wire, name: string, unit: string, value: number): void {
  const point = () => {
    wire.time(3, 0, 0);
    wire.double(4, value);
  };
  wire.message(2, () => {
    wire.text(1, name);
    wire.text(3, unit);
    wire.message(5, () => wire.message(1, point));
  });
}

/** Counters grow with the minutes since `startMs`, where the window begins. */
export function metricsTemplate(
  resources: ReadonlyMap<string, readonly Resource[]>,
  ms: number,
  startMs: number,
  random: Random,
  incident: string | undefined,
): Template {
  const wire = new Wire();
  const services = new Map<string, number>();
  const at = new Date(ms);
  const load = trafficAt(at.getUTCHours() + at.getUTCMinutes() / 60);
  const minutes = Math.round((ms - startMs) / 60_000) + 1;
  for (const [service, instances] of resources) {
    for (const resource of instances) {
      wire.resource(resource.attributes, '@hanok/seed-metrics', () => {
        gauge(wire, 'process.cpu.utilization', '1', load * (0.3 + 0.2 * random.unit()));
        gauge(wire, 'process.memory.usage', 'By', 180e6 + 40e6 * load + 8e6 * random.unit());
        gauge(wire, 'db.client.connection.count', '{connection}', Math.round(2 + 8 * load * random.unit()));
        const count = Math.round(minutes * REQUESTS_PER_MINUTE * 0.7);
        wire.message(2, () => {
          wire.text(1, 'shop.orders.placed');
          wire.text(3, '{order}');
          wire.message(7, () => {
            wire.message(1, () => {
              wire.fixed64(2, startMs * 1_000_000);
              wire.time(3, 0, 0);
              wire.fixed64(6, Math.round(count * 0.08));
            });
            wire.uint(2, CUMULATIVE);
            wire.uint(3, 1);
          });
        });
        wire.message(2, () => {
          wire.text(1, 'http.server.request.duration');
          wire.text(2, 'Duration of HTTP server requests.');
          wire.text(3, 's');
          wire.message(9, () => {
            for (const status of [200, 500]) {
              const shares = incident === undefined ? CALM_SHARES : BAD_SHARES;
              const total = Math.round(REQUESTS_PER_MINUTE * load * (status === 200 ? 0.99 : incident ? 0.08 : 0.004));
              const counts = shares.map((share) => Math.round(share * total));
              const sum = counts.reduce((seconds, n, i) => seconds + n * (BOUNDS[i] ?? 8) * 0.7, 0);
              wire.message(1, () => {
                wire.attributes(9, [
                  ['http.request.method', 'GET'],
                  ['http.response.status_code', status],
                ]);
                wire.fixed64(2, (ms - 60_000) * 1_000_000);
                wire.time(3, 0, 0);
                wire.fixed64(
                  4,
                  counts.reduce((a, b) => a + b, 0),
                );
                wire.double(5, sum);
                wire.packedFixed64(6, counts);
                wire.packedDoubles(7, BOUNDS);
              });
            }
            wire.uint(2, 1);
          });
        });
      });
      services.set(service, (services.get(service) ?? 0) + 6);
    }
  }
  return wire.finish('metrics', services);
}

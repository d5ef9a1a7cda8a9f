/**
 * The process that sends: bodies come encoded and compressed from the bench, requests are made of them once per run, and
 * what it costs itself is told with every result.
 */
import { grpcRequest, httpRequest, type Lane, openLanes, type Target } from './lanes.ts';

export interface Run {
  /** Which of the sets of bodies given before, sent round and round. */
  readonly set: string;
  readonly transport: 'http' | 'grpc';
  readonly target: Target;
  /** Requests under way at once, at most. */
  readonly lanes: number;
  /** Sends body number `from` first. */
  readonly from?: number;
  /** Ends after as many requests, or after the time, whatever comes first. */
  readonly requests?: number;
  readonly seconds?: number;
  /**
   * Requests a second on a schedule that does not wait for answers; latencies count from the moment a request was due, so
   * that a pause of the server is seen by all whom it kept waiting. Absent: every lane sends again when it is answered.
   */
  readonly rate?: number;
}

export interface Outcome {
  readonly acknowledged: number;
  /** Answers other than an acknowledgement, by status; 0 is a lost connection, 1000 + n a gRPC status. */
  readonly refused: Readonly<Record<number, number>>;
  readonly seconds: number;
  /** CPU seconds of this process during the run. */
  readonly cpu: number;
  /** Milliseconds, one per acknowledgement. */
  readonly latencies: Float64Array;
  /** Acknowledgements in each second of the run. */
  readonly perSecond: readonly number[];
}

export type Order =
  | { readonly kind: 'bodies'; readonly set: string; readonly bodies: readonly Uint8Array[] }
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'cut' };

const sets = new Map<string, Uint8Array[]>();
/** The run under way. */
let cut = false;

async function perform(run: Run): Promise<Outcome> {
  const bodies = sets.get(run.set) ?? [];
  if (bodies.length === 0) throw new Error(`no bodies called ${run.set}`);
  const requests = bodies.map((body) => (run.transport === 'http' ? httpRequest(run.target, body) : grpcRequest(body)));
  const lanes = await openLanes(run.transport, run.target, run.lanes);
  const most = run.requests ?? Number.POSITIVE_INFINITY;
  const latencies: number[] = [];
  const refused: Record<number, number> = {};
  const perSecond: number[] = [];
  cut = false;
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  let next = run.from ?? 0;
  const send = async (lane: Lane, since: number) => {
    const status = await lane.send(requests[next++ % requests.length]!);
    const now = performance.now();
    if (status === 200) {
      latencies.push(now - since);
      const second = Math.floor((now - began) / 1_000);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
    } else refused[status] = (refused[status] ?? 0) + 1;
  };
  let sent = 0;
  if (run.rate === undefined) {
    const until = began + (run.seconds ?? Number.POSITIVE_INFINITY) * 1_000;
    await Promise.all(
      lanes.map(async (lane) => {
        while (!cut && sent < most && performance.now() < until) {
          sent++;
          await send(lane, performance.now());
        }
      }),
    );
  } else await onSchedule(lanes, began, run.rate, Math.min(most, Math.round((run.seconds ?? 1) * run.rate)), send);
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const lane of lanes) lane.close();
  return {
    acknowledged: latencies.length,
    refused,
    seconds,
    cpu: (user + system) / 1e6,
    latencies: Float64Array.from(latencies),
    perSecond: Array.from(perSecond, (one) => one ?? 0),
  };
}

/** Request `i` is due at `began + i / rate`; one that finds no free lane waits for one, and its waiting counts. */
function onSchedule(
  lanes: readonly Lane[],
  began: number,
  rate: number,
  total: number,
  send: (lane: Lane, since: number) => Promise<void>,
): Promise<void> {
  const free = [...lanes];
  const gap = 1_000 / rate;
  let started = 0;
  let ended = 0;
  return new Promise((resolve, reject) => {
    const pump = () => {
      const due = cut ? started : Math.min(total, Math.floor((performance.now() - began) / gap) + 1);
      while (started < due && free.length > 0) {
        const lane = free.pop()!;
        send(lane, began + started++ * gap).then(() => {
          free.push(lane);
          ended++;
          pump();
        }, reject);
      }
      if (ended === started && (cut || ended === total)) {
        clearInterval(timer);
        resolve();
      }
    };
    const timer = setInterval(pump, 1);
  });
}

process.on('message', (order: Order) => {
  if (order.kind === 'cut') {
    cut = true;
    return;
  }
  if (order.kind === 'bodies') {
    sets.set(order.set, [...(sets.get(order.set) ?? []), ...order.bodies]);
    process.send?.('taken');
    return;
  }
  perform(order.run).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

/**
 * A process that sends telemetry at a fixed rate, whatever the answers are. Started by `drive.ts`, which speaks with it
 * over IPC; it ends with its parent.
 */
import { setPriority } from 'node:os';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Random } from '../../scripts/seed/random.ts';
import type { Signal } from '../../scripts/seed/template.ts';
import { Bodies } from './bodies.ts';
import { grpcSender, httpSender, type Sender } from './senders.ts';

/** Requests of one kind at a steady pace. */
export interface Lane {
  readonly name: string;
  readonly key: string;
  readonly signal: Signal;
  readonly protocol: 'http' | 'grpc';
  readonly compressed: boolean;
  /** Records per request. */
  readonly records: number;
  readonly requestsPerSecond: number;
}

export interface Order {
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly seed: number;
  readonly lanes: readonly Lane[];
  /** Bodies made and compressed beforehand and sent again and again: for floods, whose maker should cost little. */
  readonly reuse: boolean;
  /** Requests of one lane under way; what is due beyond is skipped and counted. */
  readonly mostOpen: number;
  readonly nice: number;
}

export interface LaneReport {
  readonly name: string;
  /** Milliseconds from when a request was due until its answer, of those accepted. */
  readonly latencies: number[];
  readonly acceptedRequests: number;
  readonly acceptedRecords: number;
  /** Records of requests with a failed or partial outcome: perhaps stored. */
  readonly uncertainRecords: number;
  readonly refusedRequests: number;
  readonly failedRequests: number;
  readonly skippedRequests: number;
  /** Milliseconds after the start of the lane. */
  readonly firstRefusalMs: number | null;
  /** Latencies of refusals: how soon a sender is told. */
  readonly refusalLatencies: number[];
  readonly statuses: Readonly<Record<string, number>>;
}

export type ToGenerator =
  | { readonly kind: 'start'; readonly order: Order }
  /** All paces times this factor; 0 rests. */
  | { readonly kind: 'factor'; readonly factor: number }
  | { readonly kind: 'report' }
  | { readonly kind: 'stop' };
export type FromGenerator =
  | { readonly kind: 'started' }
  | { readonly kind: 'report'; readonly lanes: readonly LaneReport[] }
  | { readonly kind: 'stopped'; readonly lanes: readonly LaneReport[] };

const gzipped = promisify(gzip);
const TICK_MS = 5;
const REUSED_BODIES = 24;

class LaneRunner {
  readonly #lane: Lane;
  readonly #order: Order;
  readonly #sender: Sender;
  readonly #bodies: Bodies;
  #ready: { readonly bytes: Uint8Array; readonly records: number }[] = [];
  #latencies: number[] = [];
  #refusalLatencies: number[] = [];
  #counts = { accepted: 0, records: 0, uncertain: 0, refused: 0, failed: 0, skipped: 0 };
  #statuses: Record<string, number> = {};
  #firstRefusalMs: number | null = null;
  #startedAt = 0;
  /** When the next request is due, monotonic milliseconds. */
  #dueAt = 0;
  #next = 0;
  #open = 0;
  /** Share of a period by which this lane's first request comes later. */
  readonly #phase: number;

  constructor(lane: Lane, order: Order, stream: number) {
    this.#lane = lane;
    this.#order = order;
    const random = new Random(order.seed, stream);
    this.#phase = random.unit();
    this.#bodies = new Bodies(lane.signal, lane.records, random);
    const make = lane.protocol === 'http' ? httpSender : grpcSender;
    const address = lane.protocol === 'http' ? order.otlpHttp : order.otlpGrpc;
    this.#sender = make(address, lane.key, lane.protocol === 'http' ? order.mostOpen : 2);
  }

  get open(): number {
    return this.#open;
  }

  async prepare(): Promise<void> {
    if (this.#order.reuse)
      for (let i = 0; i < REUSED_BODIES; i++) {
        const { bytes, records } = this.#bodies.next(Date.now());
        this.#ready.push({ bytes: this.#lane.compressed ? await gzipped(bytes, { level: 1 }) : bytes, records });
      }
    this.#startedAt = performance.now();
    // Lanes do not all begin in the same instant.
    this.#dueAt = this.#startedAt + this.#phase * (1_000 / this.#lane.requestsPerSecond);
  }

  tick(now: number, factor: number): void {
    if (factor <= 0) {
      this.#dueAt = now;
      return;
    }
    const every = 1_000 / (this.#lane.requestsPerSecond * factor);
    for (; this.#dueAt <= now; this.#dueAt += every) {
      if (this.#open >= this.#order.mostOpen) this.#counts.skipped++;
      else void this.#one(this.#dueAt);
    }
  }

  async #one(dueAt: number): Promise<void> {
    this.#open++;
    try {
      const ready = this.#ready[this.#next++ % Math.max(1, this.#ready.length)];
      const made = ready ?? this.#bodies.next(Date.now());
      const bytes = ready === undefined && this.#lane.compressed ? await gzipped(made.bytes, { level: 1 }) : made.bytes;
      const { outcome, status } = await this.#sender.send(this.#lane.signal, bytes, this.#lane.compressed);
      const ended = performance.now();
      this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
      if (outcome === 'accepted') {
        this.#latencies.push(ended - dueAt);
        this.#counts.accepted++;
        this.#counts.records += made.records;
      } else if (outcome === 'refused') {
        this.#counts.refused++;
        this.#refusalLatencies.push(ended - dueAt);
        this.#firstRefusalMs ??= ended - this.#startedAt;
      } else {
        this.#counts.failed++;
        this.#counts.uncertain += made.records;
      }
    } finally {
      this.#open--;
    }
  }

  /** What happened since the last report. */
  report(): LaneReport {
    const report: LaneReport = {
      name: this.#lane.name,
      latencies: this.#latencies,
      acceptedRequests: this.#counts.accepted,
      acceptedRecords: this.#counts.records,
      uncertainRecords: this.#counts.uncertain,
      refusedRequests: this.#counts.refused,
      failedRequests: this.#counts.failed,
      skippedRequests: this.#counts.skipped,
      firstRefusalMs: this.#firstRefusalMs,
      refusalLatencies: this.#refusalLatencies,
      statuses: this.#statuses,
    };
    this.#latencies = [];
    this.#refusalLatencies = [];
    this.#statuses = {};
    this.#counts = { accepted: 0, records: 0, uncertain: 0, refused: 0, failed: 0, skipped: 0 };
    return report;
  }

  close(): void {
    this.#sender.close();
  }
}

const say = (message: FromGenerator) => process.send!(message);
let runners: LaneRunner[] = [];
let factor = 1;
let timer: NodeJS.Timeout | undefined;

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToGenerator) => {
  void (async () => {
    if (message.kind === 'start') {
      if (message.order.nice !== 0) setPriority(message.order.nice);
      runners = message.order.lanes.map((lane, i) => new LaneRunner(lane, message.order, i + 1));
      for (const runner of runners) await runner.prepare();
      timer = setInterval(() => {
        const now = performance.now();
        for (const runner of runners) runner.tick(now, factor);
      }, TICK_MS);
      say({ kind: 'started' });
    } else if (message.kind === 'factor') factor = message.factor;
    else if (message.kind === 'report') say({ kind: 'report', lanes: runners.map((runner) => runner.report()) });
    else {
      clearInterval(timer);
      while (runners.some((runner) => runner.open > 0)) await new Promise((resolve) => setTimeout(resolve, 20));
      say({ kind: 'stopped', lanes: runners.map((runner) => runner.report()) });
      for (const runner of runners) runner.close();
      process.disconnect();
    }
  })();
});

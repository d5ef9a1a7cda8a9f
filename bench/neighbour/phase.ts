import { setTimeout as pause } from 'node:timers/promises';
import type { Instance } from '../../e2e/instance.ts';
import type { Generator } from '../traffic/drive.ts';
import { quantile } from '../traffic/figures.ts';
import { cpuSeconds } from '../traffic/processes.ts';
import type { Curious } from '../traffic/queries.ts';

export interface PhaseResult {
  readonly ack: { readonly p50: number; readonly p99: number };
  /** The same by protocol: HTTP bodies are decoded in a thread, the small ones of gRPC are not. */
  readonly byLane: string;
  readonly query: { readonly p50: number; readonly p95: number };
  /** Requests of the victim told to come again; questions not answered with 200. */
  readonly refused: number;
  readonly failed: number;
  /** CPU seconds meanwhile: the instance's main process and its engines. */
  readonly cpu: string;
}

const SETTLED_WITHIN_MS = 60_000;

/** The victim's traffic, which never stops, looked at for a while. */
export class Phase {
  readonly #instance: Instance;
  readonly #generator: Generator;
  readonly #curious: Curious;

  constructor(instance: Instance, generator: Generator, curious: Curious) {
    this.#instance = instance;
    this.#generator = generator;
    this.#curious = curious;
  }

  async measure(seconds: number): Promise<PhaseResult> {
    await this.#generator.report();
    this.#curious.take();
    const main = cpuSeconds(this.#instance.pid());
    const engines = this.#engineCpu();
    await pause(seconds * 1_000);
    const lanes = await this.#generator.report();
    const asked = this.#curious.take();
    const acks = lanes.flatMap((lane) => lane.latencies);
    const answered = asked.filter((one) => one.status === 200).map((one) => one.ms);
    return {
      ack: { p50: quantile(acks, 0.5), p99: quantile(acks, 0.99) },
      byLane: lanes
        .map(
          ({ name, latencies }) =>
            `${name} ${quantile(latencies, 0.5).toFixed(1)}/${quantile(latencies, 0.99).toFixed(1)}`,
        )
        .join(' '),
      query: { p50: quantile(answered, 0.5), p95: quantile(answered, 0.95) },
      refused: lanes.reduce((sum, lane) => sum + lane.refusedRequests + lane.skippedRequests, 0),
      failed: lanes.reduce((sum, lane) => sum + lane.failedRequests, 0) + asked.length - answered.length,
      cpu: `main ${(cpuSeconds(this.#instance.pid()) - main).toFixed(1)} engines ${(this.#engineCpu() - engines).toFixed(1)}`,
    };
  }

  /** Resolves when the journals are drained, or after a minute. */
  async settled(): Promise<void> {
    const until = performance.now() + SETTLED_WITHIN_MS;
    while (performance.now() < until) {
      const text = await (await fetch(`${this.#instance.url}/metrics`)).text();
      const lags = [...text.matchAll(/^hanok_store_lag_milliseconds\{[^}]*\} (\d+)/gm)].map(([, ms]) => Number(ms));
      if (lags.every((ms) => ms < 1_500)) return;
      await pause(250);
    }
  }

  #engineCpu(): number {
    return this.#instance.enginePids().reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  }
}

/** A tenant's steady questions over the API, and a live tail, with what became of each. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Instance } from '../../e2e/instance.ts';
import { SERVICE } from './load.ts';

export interface Asked {
  readonly what: string;
  /** `performance.now()`. */
  readonly askedAt: number;
  readonly endedAt: number;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly retryAfter: number | undefined;
}

const QUESTIONS: ReadonlyArray<readonly [string, object]> = [
  ['/api/v1/logs/search', { query: `service.name:${SERVICE}`, limit: 20 }],
  ['/api/v1/logs/histogram', { query: `service.name:${SERVICE}` }],
  ['/api/v1/logs/facets', { fields: ['service.name', 'severity'] }],
  ['/api/v1/traces/search', { limit: 20 }],
];
const EVERY_MS = 120;
/** More than this many without an answer: no more are asked, as people would not either. */
const MOST_OPEN = 50;
const ANSWER_WITHIN_MS = 30_000;

export class Questions {
  readonly asked: Asked[] = [];
  /** When rows came over the live tail. */
  readonly tailed: number[] = [];
  readonly #instance: Instance;
  readonly #token: string;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>[];
  #open = 0;

  constructor(instance: Instance, token: string) {
    this.#instance = instance;
    this.#token = token;
    this.#running = [this.#ask(), this.#tail()];
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
  }

  async #ask(): Promise<void> {
    for (let n = 0; !this.#stopping.signal.aborted; n++) {
      if (this.#open < MOST_OPEN) void this.#one(...QUESTIONS[n % QUESTIONS.length]!);
      await pause(EVERY_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
    while (this.#open > 0) await pause(50);
  }

  async #one(path: string, body: object): Promise<void> {
    this.#open++;
    const askedAt = performance.now();
    let status = 0;
    let code = 'no answer';
    let retryAfter: number | undefined;
    try {
      const answer = await fetch(this.#instance.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ from: 'now-1h', to: 'now+5m', ...body }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const said = (await answer.json()) as { error?: { code: string } };
      status = answer.status;
      code = said.error?.code ?? '';
      const hint = answer.headers.get('retry-after');
      retryAfter = hint === null ? undefined : Number(hint);
    } catch {
      // Told by the status.
    }
    this.#open--;
    this.asked.push({ what: path, askedAt, endedAt: performance.now(), status, code, retryAfter });
  }

  async #tail(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${this.#instance.url}/api/v1/logs/tail?query=service.name:${SERVICE}`, {
          headers: { authorization: `Bearer ${this.#token}` },
          signal,
        });
        for await (const chunk of answer.body!)
          if (Buffer.from(chunk as Uint8Array).includes('event: row')) this.tailed.push(performance.now());
      } catch {
        await pause(200, undefined, { signal }).catch(() => {});
      }
    }
  }
}

/** Longest time without a row between the two moments. */
export function longestGap(times: readonly number[], from: number, to: number): number {
  let last = from;
  let longest = 0;
  for (const at of times) {
    if (at < from || at > to) continue;
    longest = Math.max(longest, at - last);
    last = at;
  }
  return Math.max(longest, to - last);
}

/** Senders with a ledger: what was acknowledged, what was refused and how, and how long each answer took. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Instance } from '../../e2e/instance.ts';

export interface Answer {
  readonly tenant: string;
  /** `performance.now()`. */
  readonly sentAt: number;
  readonly endedAt: number;
  /** 0 when there was none. */
  readonly status: number;
  /** The answer's Retry-After, seconds. */
  readonly retryAfter: number | undefined;
}

export interface Ledger {
  readonly acknowledged: Set<number>;
  /** Sent, refused or without an answer, and not sent again: once or not at all. */
  readonly unknown: Set<number>;
  next: number;
}

export interface LoadOptions {
  readonly instance: Instance;
  readonly tenants: readonly string[];
  readonly senders: number;
  readonly recordsPerRequest: number;
  /** Requests a second of one sender. */
  readonly requestsPerSecond: number;
  /** Text behind each record's number. */
  readonly padding: (n: number) => string;
  /** Send a refused request again, after the time its answer named, until it is acknowledged. */
  readonly insist: boolean;
}

export const SERVICE = 'torture';
const ANSWER_WITHIN_MS = 30_000;

export class Load {
  readonly answers: Answer[] = [];
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly #o: LoadOptions;
  readonly #stopping = new AbortController();
  readonly #senders: Promise<void>[];

  constructor(options: LoadOptions) {
    this.#o = options;
    this.ledgers = new Map(options.tenants.map((id) => [id, { acknowledged: new Set(), unknown: new Set(), next: 1 }]));
    this.#senders = options.tenants.flatMap((id) => Array.from({ length: options.senders }, () => this.#send(id)));
  }

  get acknowledged(): number {
    return [...this.ledgers.values()].reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#senders);
  }

  async #send(tenant: string): Promise<void> {
    const { requestsPerSecond, recordsPerRequest, insist } = this.#o;
    const ledger = this.ledgers.get(tenant)!;
    const stopped = this.#stopping.signal;
    let due = performance.now();
    while (!stopped.aborted) {
      due += 1_000 / requestsPerSecond;
      const numbers = Array.from({ length: recordsPerRequest }, (_, i) => ledger.next + i);
      ledger.next += recordsPerRequest;
      const body = this.#body(tenant, numbers);
      for (;;) {
        const answer = await this.#post(tenant, body);
        this.answers.push(answer);
        if (answer.status === 200) for (const n of numbers) ledger.acknowledged.add(n);
        if (answer.status === 200 || !insist || stopped.aborted) {
          if (answer.status !== 200) for (const n of numbers) ledger.unknown.add(n);
          break;
        }
        // A real sender jitters the pause it was told; so do ours, by what the clock happens to say.
        const hint = answer.retryAfter ?? 1;
        await pause(hint * 1_000 * (0.8 + (performance.now() % 0.4)), undefined, { signal: stopped }).catch(() => {});
      }
      const early = due - performance.now();
      if (early > 0) await pause(early, undefined, { signal: stopped }).catch(() => {});
      else due = performance.now();
    }
  }

  #body(tenant: string, numbers: readonly number[]): string {
    const now = BigInt(Date.now()) * 1_000_000n;
    return JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: SERVICE } }] },
          scopeLogs: [
            {
              logRecords: numbers.map((n) => ({
                timeUnixNano: String(now + BigInt(n % 1_000_000)),
                severityNumber: 9,
                body: { stringValue: `record ${n} of ${tenant} ${this.#o.padding(n)}` },
                attributes: [{ key: 'n', value: { intValue: String(n) } }],
              })),
            },
          ],
        },
      ],
    });
  }

  async #post(tenant: string, body: string): Promise<Answer> {
    const sentAt = performance.now();
    try {
      const answer = await fetch(`${this.#o.instance.otlpHttp}/v1/logs`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${this.#o.instance.tenant(tenant).ingestKey}`,
        },
        body,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      await answer.text();
      const hint = answer.headers.get('retry-after');
      const retryAfter = hint === null ? undefined : Number(hint);
      return { tenant, sentAt, endedAt: performance.now(), status: answer.status, retryAfter };
    } catch {
      return { tenant, sentAt, endedAt: performance.now(), status: 0, retryAfter: undefined };
    }
  }
}

/** What people ask while looking around, and what they should not ask eight times at once. */
import { Agent, request } from 'node:http';

export interface Asked {
  readonly status: number;
  readonly ms: number;
  readonly body: string;
}

/** Questions of one person of one tenant. */
export class Asker {
  readonly #url: string;
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Status 0: no answer. */
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Asked> {
    const started = performance.now();
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve) => {
      const lost = (error: Error) => resolve({ status: 0, ms: performance.now() - started, body: error.message });
      const headers = {
        authorization: `Bearer ${this.#token}`,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      };
      const sent = request(this.#url + path, { method, agent: this.#agent, headers, timeout: 90_000 }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', lost);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            ms: performance.now() - started,
            body: Buffer.concat(parts).toString('utf8'),
          }),
        );
      });
      sent.on('timeout', () => sent.destroy(new Error('timeout')));
      sent.on('error', lost);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const RECENT = { from: 'now-15m', to: 'now' };

/** By name; every one looks at recent data, as people mostly do, and as much of it, so that a long run has a steady state. */
export const EVERYDAY = {
  newest: (asker: Asker) => asker.ask('POST', '/api/v1/logs/search', { ...RECENT, query: '', limit: 100 }),
  words: (asker: Asker) =>
    asker.ask('POST', '/api/v1/logs/search', { ...RECENT, query: 'retrying timeout level:error', limit: 100 }),
  services: (asker: Asker) => asker.ask('GET', '/api/v1/services?from=now-15m&to=now'),
  trace: (asker: Asker, traceId: string) => asker.ask('GET', `/api/v1/traces/${traceId}`),
  histogram: (asker: Asker) =>
    asker.ask('POST', '/api/v1/logs/histogram', { ...RECENT, query: '', by: 'severity_text' }),
  slowest: (asker: Asker) =>
    asker.ask('POST', '/api/v1/traces/search', { ...RECENT, query: 'service.name:checkout', limit: 50 }),
  metric: (asker: Asker) =>
    asker.ask('POST', '/api/v1/metrics/query', {
      ...RECENT,
      metric: 'process.cpu.utilization',
      query: '',
      groupBy: ['service.name'],
    }),
} as const;

export type EverydayKind = keyof typeof EVERYDAY;

/** Each reads everything the tenant has. */
export const HEAVY = [
  (asker: Asker) =>
    asker.ask('POST', '/api/v1/logs/histogram', { from: 'now-24h', to: 'now', query: '/(re|un)served? .*[0-9]{7}$/' }),
  (asker: Asker) =>
    asker.ask('POST', '/api/v1/logs/facets', {
      from: 'now-24h',
      to: 'now',
      query: '',
      fields: ['k8s.pod.name', 'thread.name', 'http.route', 'order.items', 'customer.tier', 'host.name'],
    }),
  (asker: Asker) =>
    asker.ask('POST', '/api/v1/logs/histogram', { from: 'now-24h', to: 'now', query: '', by: 'k8s.pod.name' }),
  (asker: Asker) =>
    asker.ask('POST', '/api/v1/logs/search', { from: 'now-24h', to: 'now', query: '/zzz[a-f]+not there/i', limit: 10 }),
] as const;

/** A trace id that exists, for questions by id; undefined while there is none. */
export async function someTrace(asker: Asker): Promise<string | undefined> {
  const { status, body } = await asker.ask('POST', '/api/v1/traces/search', { ...RECENT, query: '', limit: 1 });
  return status === 200 ? /"traceId":"([0-9a-f]{32})"/.exec(body)?.[1] : undefined;
}

export interface AskedOnce {
  readonly kind: EverydayKind;
  readonly status: number;
  readonly ms: number;
}

/** Everyday questions at a steady pace, whatever the answers take, until the signal; latencies from when each was due. */
export class Curious {
  readonly #asker: Asker;
  readonly #kinds: readonly EverydayKind[];
  readonly #everyMs: number;
  #asked: AskedOnce[] = [];
  #traceId: string | undefined;
  #turn = 0;
  #open = 0;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = performance.now();

  constructor(asker: Asker, perSecond: number, kinds: readonly EverydayKind[]) {
    this.#asker = asker;
    this.#kinds = kinds;
    this.#everyMs = 1_000 / perSecond;
    this.#timer = setInterval(() => {
      for (const now = performance.now(); this.#dueAt <= now; this.#dueAt += this.#everyMs) void this.#one(this.#dueAt);
    }, 5);
  }

  /** Since the last look. */
  take(): readonly AskedOnce[] {
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }

  async #one(dueAt: number): Promise<void> {
    const kind = this.#kinds[this.#turn++ % this.#kinds.length]!;
    // Every question of the kind by a trace that came lately, looked up outside of what is measured.
    if (kind === 'trace' && (this.#traceId === undefined || this.#turn % 50 < this.#kinds.length)) {
      this.#traceId = await someTrace(this.#asker);
      dueAt = performance.now();
      if (this.#traceId === undefined) return;
    }
    if (this.#open > 100) {
      this.#asked.push({ kind, status: 0, ms: 0 });
      return;
    }
    this.#open++;
    const { status } = await EVERYDAY[kind](this.#asker, this.#traceId ?? '');
    this.#open--;
    this.#asked.push({ kind, status, ms: performance.now() - dueAt });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#open > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import type { Instance } from '../../e2e/instance.ts';

export const PROBED = ['logs', 'spans', 'samples'] as const;
export type Probed = (typeof PROBED)[number];

/** Milliseconds after the acknowledgement. */
export interface Seen {
  /** Until an answer that has the record. */
  readonly queryable: number;
  /** Until the live tail showed it; only logs have one. */
  readonly tailed?: number;
}

export interface Probe {
  /** Sends one record and asks for it until it is there. Throws when it takes a minute. */
  one(what: Probed, nth: number): Promise<Seen>;
  close(): Promise<void>;
}

/** Between two questions; short beside the goal, and long enough that asking is not the load. */
const ASK_AGAIN_MS = 20;
const PATIENCE_MS = 60_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Records told apart by `seed`, sent with the tenant's key and asked for as its administrator. */
export async function openProbe(instance: Instance, tenant: string, seed: number): Promise<Probe> {
  const { ingestKey, admin } = instance.tenant(tenant);
  const token = await instance.login(admin);
  const tail = await openTail(instance, token);

  const post = async (path: string, body: unknown) => {
    const answer = await fetch(instance.otlpHttp + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`a probe was answered ${answer.status}: ${text}`);
    return performance.now();
  };
  const nanos = () => `${BigInt(Date.now()) * 1_000_000n}`;
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'fresh-probe' } }] };
  const range = { from: 'now-5m', to: 'now+1m' };

  /** What sends probe `id`, and what tells whether an answer has it. */
  const ways: Readonly<Record<Probed, { send(id: number): Promise<number>; there(id: number): Promise<boolean> }>> = {
    logs: {
      send: (id) =>
        post('/v1/logs', {
          resourceLogs: [
            {
              resource,
              scopeLogs: [{ logRecords: [{ timeUnixNano: nanos(), body: { stringValue: `freshprobe ${id}` } }] }],
            },
          ],
        }),
      async there(id) {
        const query = `freshprobe ${id}`;
        const { rows } = await instance.api<{ rows: unknown[] }>(token, 'POST', '/api/v1/logs/search', {
          query,
          ...range,
        });
        return rows.length > 0;
      },
    },
    spans: {
      send: (id) =>
        post('/v1/traces', {
          resourceSpans: [
            {
              resource,
              scopeSpans: [
                {
                  spans: [
                    {
                      traceId: traceIdOf(id),
                      spanId: traceIdOf(id).slice(16),
                      name: 'fresh probe',
                      kind: 1,
                      startTimeUnixNano: nanos(),
                      endTimeUnixNano: nanos(),
                    },
                  ],
                },
              ],
            },
          ],
        }),
      async there(id) {
        const { spans } = await instance.api<{ spans: unknown[] }>(token, 'GET', `/api/v1/traces/${traceIdOf(id)}`);
        return spans.length > 0;
      },
    },
    samples: {
      // A new point of a series that is known: its value is the probe's number, which grows.
      send: (id) =>
        post('/v1/metrics', {
          resourceMetrics: [
            {
              resource,
              scopeMetrics: [
                {
                  metrics: [
                    {
                      name: `fresh.probe.${seed}`,
                      gauge: { dataPoints: [{ timeUnixNano: nanos(), asInt: String(id) }] },
                    },
                  ],
                },
              ],
            },
          ],
        }),
      async there(id) {
        const { series } = await instance.api<{ series: { values: (number | null)[] }[] }>(
          token,
          'POST',
          '/api/v1/metrics/query',
          { metric: `fresh.probe.${seed}`, query: '', aggregate: 'max', ...range },
        );
        return series.some(({ values }) => values.includes(id));
      },
    },
  };

  return {
    async one(what, nth) {
      const id = 1_000_000 + nth;
      const acknowledged = await ways[what].send(id);
      while (!(await ways[what].there(id))) {
        if (performance.now() - acknowledged > PATIENCE_MS)
          throw new Error(`a probe of ${what} was not to be found after ${PATIENCE_MS / 1_000} s`);
        await pause(ASK_AGAIN_MS);
      }
      const queryable = performance.now() - acknowledged;
      if (what !== 'logs') return { queryable };
      // Shown before the acknowledgement was read here is as fresh as can be.
      return { queryable, tailed: Math.max(0, (await tail.shownAt(id)) - acknowledged) };
    },
    close: () => tail.close(),
  };

  function traceIdOf(id: number): string {
    return `f${seed.toString(16).padStart(15, '0')}${id.toString(16).padStart(16, '0')}`;
  }
}

interface Tail {
  /** When the event was read; Infinity when it did not come within a while after the query had it: it was left out. */
  shownAt(id: number): Promise<number>;
  close(): Promise<void>;
}

const TAIL_PATIENCE_MS = 5_000;

async function openTail(instance: Instance, token: string): Promise<Tail> {
  const shown = new Map<number, number>();
  const stop = new AbortController();
  const answer = await fetch(`${instance.url}/api/v1/logs/tail?query=freshprobe`, {
    headers: { authorization: `Bearer ${token}` },
    signal: stop.signal,
  });
  if (answer.status !== 200 || !answer.body) throw new Error(`the live tail answered ${answer.status}`);
  const { body } = answer;
  const listening = (async () => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const end = text.lastIndexOf('\n\n');
      if (end < 0) continue;
      for (const match of text.slice(0, end).matchAll(/freshprobe (\d+)/g))
        if (!shown.has(Number(match[1]))) shown.set(Number(match[1]), performance.now());
      text = text.slice(end + 2);
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  listening.catch(() => undefined);
  return {
    async shownAt(id) {
      const deadline = performance.now() + TAIL_PATIENCE_MS;
      while (!shown.has(id) && performance.now() < deadline) await pause(5);
      return shown.get(id) ?? Number.POSITIVE_INFINITY;
    },
    async close() {
      stop.abort();
      await listening;
    },
  };
}

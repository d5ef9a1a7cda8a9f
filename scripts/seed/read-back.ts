/** `--verify`: counts what the store has, through the API that the browser uses. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sent } from './send.ts';

const PATIENCE_MS = 120_000;

export interface Reader {
  readonly url: string;
  readonly token: string;
  /** Unix milliseconds of the window, with room for what reaches past its end. */
  readonly fromMs: number;
  readonly toMs: number;
}

const nanos = (ms: number): string => `${Math.floor(ms)}000000`;

async function call<T>(reader: Pick<Reader, 'url' | 'token'>, path: string, body?: object): Promise<T> {
  const response = await fetch(`${reader.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(reader.token === '' ? {} : { authorization: `Bearer ${reader.token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
  return (await response.json()) as T;
}

export async function login(url: string, email: string, password: string): Promise<string> {
  const answer = await call<{ token: string }>({ url, token: '' }, '/api/v1/login', { email, password });
  return answer.token;
}

/** Records per service in the window; services the store does not know count 0. */
async function count(
  reader: Reader,
  signal: 'logs' | 'traces',
  services: Iterable<string>,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const service of services) {
    const answer = await call<{ total: number; stats: { partial?: { message: string } } }>(
      reader,
      `/api/v1/${signal}/histogram`,
      { from: nanos(reader.fromMs), to: nanos(reader.toMs), query: `service.name:"${service}"`, buckets: 1 },
    );
    if (answer.stats.partial !== undefined)
      throw new Error(`count of ${service} is partial: ${answer.stats.partial.message}`);
    found.set(service, answer.total);
  }
  return found;
}

/** Names that the services list must show. */
const listed = async (reader: Reader): Promise<Set<string>> => {
  const query = new URLSearchParams({ from: nanos(reader.fromMs), to: nanos(reader.toMs) });
  const answer = await call<{ services: Array<{ name: string }> }>(reader, `/api/v1/services?${query}`);
  return new Set(answer.services.map((service) => service.name));
};

export interface Baseline {
  readonly traces: Map<string, number>;
  readonly logs: Map<string, number>;
}

/** What the window holds before anything is sent. */
export async function baseline(reader: Reader, services: ReadonlySet<string>): Promise<Baseline> {
  return { traces: await count(reader, 'traces', services), logs: await count(reader, 'logs', services) };
}

/** Waits until the window holds what it held before plus what was acknowledged; returns the differences left. */
export async function readBack(reader: Reader, before: Baseline, sent: Sent): Promise<string[]> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const wrong: string[] = [];
    for (const signal of ['traces', 'logs'] as const) {
      const found = await count(reader, signal, sent.services[signal].keys());
      for (const [service, acknowledged] of sent.services[signal]) {
        const here = (found.get(service) ?? 0) - (before[signal].get(service) ?? 0);
        if (here !== acknowledged) wrong.push(`${signal} of ${service}: ${acknowledged} acknowledged, ${here} found`);
      }
    }
    const names = await listed(reader);
    for (const service of sent.services.traces.keys())
      if (!names.has(service)) wrong.push(`${service} is not in the services list`);
    if (wrong.length === 0 || Date.now() > until) return wrong;
    await sleep(1_000);
  }
}

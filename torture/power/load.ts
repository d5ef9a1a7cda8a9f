import { Agent, request } from 'node:http';
import type { Instance } from '../../e2e/instance.ts';
import type { Answer } from './recording.ts';

export type Kind = 'logs' | 'spans' | 'samples';

/** One request of a sender and when, in the recording's moments, its answer left. */
export interface Sent {
  readonly tenant: string;
  readonly kind: Kind;
  readonly number: number;
  readonly records: number;
  readonly body: string;
  readonly path: string;
  /** Which answer on which connection; undefined when none came. */
  answer: { readonly port: number; readonly nth: number } | undefined;
  /** Infinity: never acknowledged. */
  acknowledgedAt: number;
}

/** A change of the control database that its answer promised. */
export interface Promised {
  readonly tenant: string;
  readonly key: string;
  readonly answer: { readonly port: number; readonly nth: number };
  acknowledgedAt: number;
}

export interface Load {
  readonly sent: readonly Sent[];
  readonly promised: readonly Promised[];
}

const PATHS = { logs: '/v1/logs', spans: '/v1/traces', samples: '/v1/metrics' } as const;
const KINDS: readonly Kind[] = ['logs', 'spans', 'samples', 'logs'];
const DAY_MS = 86_400_000;
/** A tenant may have 200 in force. */
const MOST_KEYS = 150;

/** The text every record carries; whoever finds it twice has found a record twice. */
export const markOf = (tenant: string, request: number, record: number): string =>
  `power-${tenant}-${request}-${record}.`;
export const MARK = /power-(tenant-[a-z])-(\d+)-(\d+)\./g;
/** A sample has no text; its value says which it is, exactly (below 2^53). */
export const SAMPLE_SCALE = 1_000;

/** One connection, requests one after another: the nth answer on it belongs to the nth request. */
class Connection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #answers = new Map<number, number>();

  send(url: string, method: string, headers: Record<string, string>, body: string) {
    return new Promise<{ status: number; text: string; port: number; nth: number }>((resolve, reject) => {
      const ask = request(url, {
        method,
        agent: this.#agent,
        headers: { 'content-type': 'application/json', ...headers },
      });
      ask.on('error', reject);
      ask.on('response', (response) => {
        const port = ask.socket?.localPort ?? 0;
        const nth = this.#answers.get(port) ?? 0;
        this.#answers.set(port, nth + 1);
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, port, nth }));
      });
      ask.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Sends all three signals as both tenants, and makes keys, until `seconds` have passed. */
export async function sendLoad(
  instance: Instance,
  options: {
    readonly seconds: number;
    readonly random: () => number;
    readonly records: number;
    readonly pauseMs: number;
  },
): Promise<Load> {
  const sent: Sent[] = [];
  const promised: Promised[] = [];
  const until = Date.now() + options.seconds * 1_000;
  let next = 1;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  const sender = async (tenant: string, turn: number) => {
    const connection = new Connection();
    const { ingestKey } = instance.tenant(tenant);
    for (let i = turn; Date.now() < until; i++) {
      const kind = KINDS[i % KINDS.length]!;
      const number = next++;
      const records = 1 + Math.floor(options.random() * options.records);
      const one: Sent = {
        ...{ tenant, kind, number, records, body: bodyOf(tenant, kind, number, records, Date.now()) },
        ...{ path: PATHS[kind], answer: undefined, acknowledgedAt: Number.POSITIVE_INFINITY },
      };
      sent.push(one);
      const answer = await connection.send(
        instance.otlpHttp + one.path,
        'POST',
        { authorization: `Bearer ${ingestKey}` },
        one.body,
      );
      if (answer.status !== 200) throw new Error(`${one.path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      one.answer = { port: answer.port, nth: answer.nth };
      await pause(options.random() * options.pauseMs);
    }
    connection.close();
  };

  const administrator = async (tenant: string) => {
    const connection = new Connection();
    const token = await instance.login(instance.tenant(tenant).admin);
    for (let i = 0; i < MOST_KEYS && Date.now() < until; i++) {
      const headers = { authorization: `Bearer ${token}` };
      const body = JSON.stringify({ name: `power ${i}` });
      const { status, text, port, nth } = await connection.send(`${instance.url}/api/v1/keys`, 'POST', headers, body);
      if (status !== 200 && status !== 201) throw new Error(`a key was answered ${status}: ${text.slice(0, 300)}`);
      const { key } = JSON.parse(text) as { key: { id: string } };
      promised.push({ tenant, key: key.id, answer: { port, nth }, acknowledgedAt: Number.POSITIVE_INFINITY });
      await pause(100 + options.random() * 200);
    }
    connection.close();
  };

  const tenants = instance.bootstrap.tenants.map(({ id }) => id);
  await Promise.all(tenants.flatMap((tenant) => [sender(tenant, 0), sender(tenant, 1), administrator(tenant)]));
  return { sent, promised };
}

/** Finds the moment each answer left. Throws when one that was heard is not in the recording. */
export function dateAnswers(load: Load, answers: readonly Answer[]): void {
  const byPort = new Map<number, Answer[]>();
  for (const answer of answers) {
    const list = byPort.get(answer.port);
    if (list) list.push(answer);
    else byPort.set(answer.port, [answer]);
  }
  for (const one of [...load.sent, ...load.promised]) {
    if (!one.answer) continue;
    const found = byPort.get(one.answer.port)?.[one.answer.nth];
    if (!found || found.status >= 300) throw new Error(`an answer heard on port ${one.answer.port} was not recorded`);
    one.acknowledgedAt = found.at;
  }
}

function bodyOf(tenant: string, kind: Kind, number: number, records: number, nowMs: number): string {
  // Every third request also brings records of yesterday: an insert of two partitions is two parts.
  const time = (i: number) =>
    `${BigInt(nowMs - (number % 3 === 0 && i % 2 === 1 ? DAY_MS : 0)) * 1_000_000n + BigInt(i)}`;
  const numbers = Array.from({ length: records }, (_, i) => i);
  const service = `power-${number % 5}`;
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  if (kind === 'logs') {
    const logRecords = numbers.map((i) => ({
      timeUnixNano: time(i),
      severityNumber: 9,
      body: { stringValue: markOf(tenant, number, i) },
    }));
    return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
  }
  if (kind === 'spans') {
    const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
    const spans = numbers.map((i) => ({
      traceId: `a${hex(number, 31)}`,
      spanId: `b${hex(number * 1_000 + i, 15)}`,
      name: markOf(tenant, number, i),
      kind: 2,
      startTimeUnixNano: time(i),
      endTimeUnixNano: time(i + 1_000),
    }));
    return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
  }
  const dataPoints = numbers.map((i) => ({ timeUnixNano: time(i), asDouble: number * SAMPLE_SCALE + i }));
  const metrics = [{ name: 'power.value', gauge: { dataPoints } }];
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

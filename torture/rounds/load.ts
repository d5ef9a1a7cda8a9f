/** Senders of both tenants: every signal over every front protocol, and a ledger of what each request was answered. */
import { type ClientHttp2Session, connect } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Instance } from '../../e2e/instance.ts';
import { type Contents, SIGNALS, type Signal } from './contents.ts';
import type { Random } from './random.ts';

const PROTOCOLS = ['http-protobuf', 'http-json', 'grpc'] as const;
type Protocol = (typeof PROTOCOLS)[number];

const SERVICES: Readonly<Record<Signal, string>> = {
  logs: 'logs.v1.LogsService',
  traces: 'trace.v1.TraceService',
  metrics: 'metrics.v1.MetricsService',
};
const ANSWER_WITHIN_MS = 30_000;

/** What became of each record, by its number. */
export class Ledger {
  readonly acknowledged = new Set<number>();
  /** Sent, and never said to be stored: refused, or the answer was lost. May be there once or not at all. */
  readonly unknown = new Set<number>();
  /** Numbers below it were given out. */
  next = 0;
}

export interface Load {
  readonly ledgers: ReadonlyMap<string, Readonly<Record<Signal, Ledger>>>;
  /** Requests acknowledged, by protocol. */
  readonly protocols: Readonly<Record<Protocol, number>>;
  acknowledged(): number;
  /** Answers that said "stored" and "rejected" at once: nothing that is sent here may be. */
  readonly strange: string[];
  /** Nothing new is sent while true; what is under way ends. */
  hold(held: boolean): void;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly instance: Instance;
  readonly tenants: readonly string[];
  readonly contents: Contents;
  readonly random: Random;
  readonly senders: number;
  /** Over all senders. */
  readonly recordsPerSecond: number;
}

export function openLoad(o: LoadOptions): Load {
  const ledgers = new Map(
    o.tenants.map((id) => [id, { logs: new Ledger(), traces: new Ledger(), metrics: new Ledger() }] as const),
  );
  const protocols: Record<Protocol, number> = { 'http-protobuf': 0, 'http-json': 0, grpc: 0 };
  const strange: string[] = [];
  const stopping = new AbortController();
  let held = false;

  async function sender(tenant: string): Promise<void> {
    const { ingestKey } = o.instance.tenant(tenant);
    const grpc = new GrpcDoor(o.instance.otlpGrpc, ingestKey);
    while (!stopping.signal.aborted) {
      if (held) {
        await pause(50);
        continue;
      }
      const signal = o.random.pick(SIGNALS);
      const protocol = o.random.pick(PROTOCOLS);
      const count = batchSize(o.random);
      const ledger = ledgers.get(tenant)![signal];
      const numbers = Array.from({ length: count }, (_, i) => ledger.next + i);
      ledger.next += count;
      const squeezed = o.random.fraction() < 0.5;
      const bytes =
        protocol === 'http-json'
          ? Buffer.from(JSON.stringify(o.contents.message(tenant, signal, numbers)))
          : o.contents.protobuf(tenant, signal, numbers);
      const sent = squeezed ? gzipSync(bytes, { level: 1 }) : bytes;
      const answer = await (protocol === 'grpc'
        ? grpc.send(signal, sent, squeezed)
        : sendHttp(o.instance.otlpHttp, ingestKey, protocol, signal, sent, squeezed)
      ).catch(() => undefined);
      for (const n of numbers) (answer === undefined ? ledger.unknown : ledger.acknowledged).add(n);
      if (answer !== undefined) protocols[protocol]++;
      if (answer) strange.push(`${protocol} ${signal}: ${answer}`);
      const rest = (count / o.recordsPerSecond) * o.senders * o.tenants.length * 1_000;
      await pause(answer === undefined ? 250 : Math.min(5_000, rest * (0.5 + o.random.fraction())), undefined, {
        signal: stopping.signal,
      }).catch(() => undefined);
    }
    grpc.close();
  }
  const running = o.tenants.flatMap((tenant) => Array.from({ length: o.senders }, () => sender(tenant)));

  return {
    ledgers,
    protocols,
    strange,
    acknowledged: () =>
      [...ledgers.values()].reduce(
        (sum, of) => sum + SIGNALS.reduce((inner, signal) => inner + of[signal].acknowledged.size, 0),
        0,
      ),
    hold(now) {
      held = now;
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** Mostly what an SDK sends at once, sometimes a single record, sometimes a Collector's heap of thousands. */
function batchSize(random: Random): number {
  const kind = random.fraction();
  if (kind < 0.15) return 1;
  if (kind < 0.9) return 2 + random.below(120);
  if (kind < 0.985) return 200 + random.below(600);
  return 2_000 + random.below(2_500);
}

/** Undefined when it was not acknowledged; otherwise what the answer says besides, which should be nothing. */
async function sendHttp(url: string, key: string, protocol: Protocol, signal: Signal, body: Buffer, squeezed: boolean) {
  const answer = await fetch(`${url}/v1/${signal}`, {
    method: 'POST',
    headers: {
      'content-type': protocol === 'http-json' ? 'application/json' : 'application/x-protobuf',
      ...(squeezed ? { 'content-encoding': 'gzip' } : {}),
      authorization: `Bearer ${key}`,
    },
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  // A head without its body is no answer yet.
  const text = await answer.text();
  if (answer.status !== 200) return undefined;
  return text === '{}' ? '' : text;
}

class GrpcDoor {
  readonly #url: string;
  readonly #key: string;
  #session: ClientHttp2Session | undefined;

  constructor(address: string, key: string) {
    this.#url = `http://${address}`;
    this.#key = key;
  }

  send(signal: Signal, message: Buffer, squeezed: boolean): Promise<string | undefined> {
    return new Promise((resolve) => {
      const session = this.#connect();
      const stream = session.request({
        ':method': 'POST',
        ':path': `/opentelemetry.proto.collector.${SERVICES[signal]}/Export`,
        'content-type': 'application/grpc+proto',
        te: 'trailers',
        authorization: `Bearer ${this.#key}`,
        ...(squeezed ? { 'grpc-encoding': 'gzip' } : {}),
      });
      let status: unknown;
      const answer: Buffer[] = [];
      // A stream on a connection that is half open may never close by itself.
      const late = setTimeout(() => {
        session.destroy();
        resolve(undefined);
      }, ANSWER_WITHIN_MS);
      stream.on('response', (headers) => (status = headers['grpc-status']));
      stream.on('trailers', (headers) => (status = headers['grpc-status']));
      stream.on('data', (chunk: Buffer) => answer.push(chunk));
      stream.on('error', () => {});
      stream.on('close', () => {
        clearTimeout(late);
        resolve(status === '0' ? Buffer.concat(answer).subarray(5).toString('latin1') : undefined);
      });
      const prefix = Buffer.alloc(5);
      prefix[0] = squeezed ? 1 : 0;
      prefix.writeUInt32BE(message.length, 1);
      stream.end(Buffer.concat([prefix, message]));
    });
  }

  close(): void {
    this.#session?.destroy();
  }

  #connect(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    this.#session = connect(this.#url);
    this.#session.on('error', () => {});
    this.#session.on('goaway', () => this.#session?.close());
    return this.#session;
  }
}

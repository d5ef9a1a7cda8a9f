/** One request to an OTLP port, over HTTP or gRPC, as an exporter makes it: never tried again. */
import { Agent, request } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Signal } from '../../scripts/seed/template.ts';

/** `refused`: told to come again (429, 503, RESOURCE_EXHAUSTED, UNAVAILABLE). `failed`: not known to be stored or not. */
export type Outcome = 'accepted' | 'partial' | 'refused' | 'failed';
export interface Answer {
  readonly outcome: Outcome;
  /** HTTP status or `grpc N`, or the error's code. */
  readonly status: string;
}

export interface Sender {
  send(signal: Signal, body: Uint8Array, compressed: boolean): Promise<Answer>;
  close(): void;
}

const TIMEOUT_MS = 30_000;

export function httpSender(url: string, key: string, connections: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: (signal, body, compressed) =>
      new Promise((resolve) => {
        const failed = (error: NodeJS.ErrnoException) =>
          resolve({ outcome: 'failed', status: error.code ?? error.message });
        const headers = {
          authorization: `Bearer ${key}`,
          'content-type': 'application/x-protobuf',
          'content-length': body.length,
          'user-agent': 'OTel-OTLP-Exporter-JavaScript/0.301.0',
          ...(compressed ? { 'content-encoding': 'gzip' } : {}),
        };
        const sent = request(
          `${url}/v1/${signal}`,
          { method: 'POST', agent, headers, timeout: TIMEOUT_MS },
          (response) => {
            let length = 0;
            response.on('data', (chunk: Buffer) => (length += chunk.length));
            response.on('error', failed);
            response.on('end', () => {
              const status = response.statusCode ?? 0;
              // Success without a partial_success message is an empty body.
              if (status === 200) resolve({ outcome: length === 0 ? 'accepted' : 'partial', status: '200' });
              else
                resolve({ outcome: status === 429 || status === 503 ? 'refused' : 'failed', status: String(status) });
            });
          },
        );
        sent.on('timeout', () => sent.destroy(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })));
        sent.on('error', failed);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

const SERVICE: Readonly<Record<Signal, string>> = {
  logs: 'logs.v1.LogsService',
  traces: 'trace.v1.TraceService',
  metrics: 'metrics.v1.MetricsService',
};
const RESOURCE_EXHAUSTED = '8';
const UNAVAILABLE = '14';

/** Calls are spread over `connections`; one that was lost is made anew at the next call. */
export function grpcSender(address: string, key: string, connections: number): Sender {
  const sessions: (ClientHttp2Session | undefined)[] = Array.from({ length: connections }, () => undefined);
  let next = 0;
  const session = (): ClientHttp2Session => {
    const at = next++ % connections;
    const present = sessions[at];
    if (present && !present.closed && !present.destroyed) return present;
    const fresh = connect(`http://${address}`);
    fresh.on('error', () => {});
    fresh.unref();
    sessions[at] = fresh;
    return fresh;
  };
  return {
    send: (signal, body, compressed) =>
      new Promise((resolve) => {
        let status = '';
        let length = 0;
        let cause = '';
        const stream = session().request({
          ':method': 'POST',
          ':path': `/opentelemetry.proto.collector.${SERVICE[signal]}/Export`,
          'content-type': 'application/grpc',
          te: 'trailers',
          'user-agent': 'OTel-OTLP-Exporter-JavaScript/0.301.0',
          'grpc-timeout': `${TIMEOUT_MS}m`,
          authorization: `Bearer ${key}`,
          ...(compressed ? { 'grpc-encoding': 'gzip' } : {}),
        });
        const note = (headers: Record<string, unknown>) => (status = String(headers['grpc-status'] ?? status));
        stream.on('response', note);
        stream.on('trailers', note);
        stream.on('data', (chunk: Buffer) => (length += chunk.length));
        stream.on('error', (error: NodeJS.ErrnoException) => (cause = error.code ?? error.message));
        stream.setTimeout(TIMEOUT_MS, () => stream.close());
        stream.on('close', () => {
          const outcome: Outcome =
            status === '0'
              ? // The prefix of five bytes and an empty message.
                length <= 5
                ? 'accepted'
                : 'partial'
              : status === RESOURCE_EXHAUSTED || status === UNAVAILABLE
                ? 'refused'
                : 'failed';
          resolve({ outcome, status: status === '' ? cause : `grpc ${status}` });
        });
        const prefix = Buffer.alloc(5);
        prefix[0] = compressed ? 1 : 0;
        prefix.writeUInt32BE(body.length, 1);
        stream.write(prefix);
        stream.end(body);
      }),
    close: () => {
      for (const one of sessions) one?.destroy();
    },
  };
}

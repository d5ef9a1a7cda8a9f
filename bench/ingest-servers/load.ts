import { Agent, request } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';

export interface Load {
  readonly port: number;
  readonly requests: number;
  readonly bytes: number;
  readonly concurrency: number;
}

/** Sends unary calls over two connections; rejects unless every one is answered with grpc-status 0. */
export async function loadGrpc({ port, requests, bytes, concurrency }: Load): Promise<void> {
  const body = Buffer.alloc(5 + bytes, 'x');
  body[0] = 0;
  body.writeUInt32BE(bytes, 1);
  const sessions = [0, 1].map(() => connect(`http://127.0.0.1:${port}`));
  let next = 0;
  const lane = async (session: ClientHttp2Session) => {
    while (next++ < requests) await call(session, body);
  };
  await Promise.all(Array.from({ length: concurrency }, (_, i) => lane(sessions[i % 2]!)));
  for (const session of sessions) session.close();
}

function call(session: ClientHttp2Session, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'OTel-OTLP-Exporter-JavaScript/0.301.0',
      'grpc-timeout': '10000m',
      authorization: 'Bearer bench',
    });
    let status: unknown;
    stream.on('response', (headers) => (status = headers['grpc-status']));
    stream.on('trailers', (headers) => (status = headers['grpc-status']));
    stream.on('error', reject);
    stream.on('close', () => (status === '0' ? resolve() : reject(new Error(`grpc-status ${String(status)}`))));
    stream.resume();
    stream.end(body);
  });
}

export async function loadHttp({ port, requests, bytes, concurrency }: Load): Promise<void> {
  const body = Buffer.alloc(bytes, 'x');
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-length': bytes,
    'user-agent': 'OTel-OTLP-Exporter-JavaScript/0.301.0',
    authorization: 'Bearer bench',
  };
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, method: 'POST', path: '/v1/logs', agent, headers },
        (response) => {
          response.resume();
          response.on('end', () =>
            response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`)),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  let next = 0;
  const lane = async () => {
    while (next++ < requests) await one();
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  agent.destroy();
}

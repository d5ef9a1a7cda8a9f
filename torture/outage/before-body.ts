/** A shut gate answers before the body comes: on both protocols, to a sender that has only announced one. */
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { Instance } from '../../e2e/instance.ts';

const ANSWER_WITHIN_MS = 5_000;
const ANNOUNCED_BYTES = 20 * 1024 ** 2;
/** https://grpc.io/docs/guides/status-codes/ */
const UNAVAILABLE = '14';

/** What did not hold. */
export async function refusedBeforeBody(instance: Instance, tenant: string): Promise<string[]> {
  const { ingestKey } = instance.tenant(tenant);
  const [http, grpc] = await Promise.all([
    overHttp(instance.otlpHttp, ingestKey),
    overGrpc(instance.otlpGrpc, ingestKey),
  ]);
  const broken: string[] = [];
  if (!/^HTTP\/1\.1 503 /.test(http) || !/\r\nretry-after: \d+/i.test(http))
    broken.push(`HTTP did not refuse before the body: ${JSON.stringify(http.slice(0, 200))}`);
  if (grpc['grpc-status'] !== UNAVAILABLE) broken.push(`gRPC did not refuse before the body: ${JSON.stringify(grpc)}`);
  return broken;
}

function overHttp(address: string, key: string): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(Number(port), hostname, () =>
      socket.write(
        `POST /v1/logs HTTP/1.1\r\nHost: hanok\r\nAuthorization: Bearer ${key}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${ANNOUNCED_BYTES}\r\n\r\n`,
      ),
    );
    const end = () => {
      socket.destroy();
      resolve(heard);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, end);
    socket.on('error', end).on('close', end);
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      if (heard.includes('\r\n\r\n')) end();
    });
  });
}

function overGrpc(address: string, key: string): Promise<Record<string, string>> {
  return new Promise((resolve) => {
    const heard: Record<string, string> = {};
    const session = connectHttp2(`http://${address}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: `Bearer ${key}`,
    });
    const end = () => {
      session.destroy();
      resolve(heard);
    };
    const take = (headers: object) => {
      for (const [name, value] of Object.entries(headers)) heard[name] = String(value);
      if ('grpc-status' in heard) end();
    };
    session.setTimeout(ANSWER_WITHIN_MS, end);
    session.on('error', end);
    stream.on('error', end).on('close', end).on('response', take).on('trailers', take);
  });
}

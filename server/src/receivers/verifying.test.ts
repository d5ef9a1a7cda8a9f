import { once } from 'node:events';
import { request } from 'node:http';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HanokError } from '#base';
import { openTestInstance, type TestInstance } from './test-instance.ts';

/** Credentials that are verified while their request waits, on both ports. */
let instance: TestInstance;
let decide: () => void;
let session: ClientHttp2Session;
beforeEach(async () => {
  instance = await openTestInstance();
  instance.verifying = new Promise((resolve) => {
    decide = resolve;
  });
  session = connect(`http://127.0.0.1:${instance.receivers.grpcPort}`);
  session.on('error', () => {});
});
afterEach(async () => {
  session.destroy();
  const began = performance.now();
  await instance.close();
  // Whatever was admitted has been let go: closing waits for it.
  expect(performance.now() - began).toBeLessThan(900);
});

/** Larger than sockets and streams hold while nobody reads. */
const BODY = Buffer.alloc(3 * 1024 ** 2, 'a');

function post(body: Uint8Array, headers: Record<string, string> = {}) {
  const sent = request({
    port: instance.receivers.httpPort,
    host: '127.0.0.1',
    path: '/v1/logs',
    method: 'POST',
    agent: false,
    headers: { authorization: 'Bearer key-a', 'content-type': 'application/x-protobuf', ...headers },
  });
  sent.on('error', () => {});
  sent.end(body);
  return sent;
}
const statusOf = async (sent: ReturnType<typeof post>) => {
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
};

function call(message: Uint8Array, headers: Record<string, string> = {}) {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    'content-type': 'application/grpc',
    te: 'trailers',
    'x-hanok-key': 'key-a',
    ...headers,
  });
  stream.on('error', () => {});
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
  const status = new Promise<string | undefined>((resolve) => {
    let found: string | undefined;
    stream.on('response', (one) => (found ??= one['grpc-status'] as string | undefined));
    stream.on('trailers', (one) => (found ??= one['grpc-status'] as string | undefined));
    stream.on('close', () => resolve(found));
    stream.resume();
  });
  return { stream, status };
}

const sizes = () => instance.stored('tenant-a').map(({ records }) => records);

describe('OTLP/HTTP', () => {
  it('stores a body that came meanwhile, whole', async () => {
    const status = statusOf(post(BODY));
    await pause(50);
    expect(instance.stored('tenant-a')).toEqual([]);
    decide();
    expect(await status).toBe(200);
    expect(sizes()).toHaveLength(1);
  });

  it('refuses with what the sender may know, and tells the tenant more', async () => {
    instance.revoked.add('key-a');
    instance.told = new HanokError('edge.reason', { kind: 'caller', status: 401, retry: false }, 'why', {
      reason: 'because',
      values: { what: 'x' },
    });
    const status = statusOf(post(BODY));
    decide();
    expect(await status).toBe(401);
    expect(instance.events).toEqual([
      expect.objectContaining({
        tenant: 'tenant-a',
        outcome: 'refused',
        code: 'edge.reason',
        reason: 'because',
        message: 'why',
      }),
    ]);
    expect(sizes()).toEqual([]);
  });

  it('admits nobody who was seen to leave', async () => {
    const sent = post(Buffer.from('abc'), { 'content-length': '100' });
    await pause(50);
    sent.destroy();
    await pause(50);
    decide();
    await pause(50);
    expect(instance.spent).toEqual([]);
    expect(sizes()).toEqual([]);
  });

  it('asks again when the body is there, and waits for that too', async () => {
    decide();
    let again = () => {};
    let asked = 0;
    const first = instance.verifying;
    Object.defineProperty(instance, 'verifying', {
      configurable: true,
      get: () => (asked++ === 0 ? first : new Promise<void>((resolve) => (again = resolve))),
    });
    const status = statusOf(post(BODY));
    while (asked < 2) await pause(5);
    instance.revoked.add('key-a');
    again();
    expect(await status).toBe(401);
    expect(sizes()).toEqual([]);
  });
});

describe('OTLP/gRPC', () => {
  it('stores a message that came meanwhile, whole, and takes no more of it than a window before', async () => {
    const { status, stream } = call(BODY);
    await pause(100);
    expect(instance.spent).toEqual([]);
    // What the server has not taken waits with the sender.
    expect(stream.state.localWindowSize ?? 0).toBeLessThanOrEqual(1024 ** 2);
    expect(stream.writableLength).toBeGreaterThan(0);
    decide();
    expect(await status).toBe('0');
    expect(sizes()).toHaveLength(1);
  });

  it('stores a small message whose end came meanwhile', async () => {
    const { status } = call(Buffer.from('abc'));
    await pause(50);
    decide();
    expect(await status).toBe('0');
    expect(sizes()).toHaveLength(1);
  });

  it('refuses, and other calls of the connection go on', async () => {
    instance.revoked.add('key-a');
    const refused = call(BODY);
    const good = call(BODY, { 'x-hanok-key': 'key-b' });
    await pause(50);
    decide();
    expect(await refused.status).toBe('16');
    expect(await good.status).toBe('0');
    expect(instance.stored('tenant-b')).toHaveLength(1);
  });

  it('keeps the deadline of the call, and admits nothing after it', async () => {
    const { status } = call(Buffer.from('abc'), { 'grpc-timeout': '50m' });
    expect(await status).toBe('4');
    decide();
    await pause(50);
    expect(instance.spent).toEqual([]);
    expect(sizes()).toEqual([]);
  });

  it('admits no call that was cancelled', async () => {
    const { stream, status } = call(BODY);
    await pause(50);
    stream.close(constants.NGHTTP2_CANCEL);
    await status;
    await pause(50);
    decide();
    await pause(50);
    expect(instance.spent).toEqual([]);
    expect(sizes()).toEqual([]);
  });
});

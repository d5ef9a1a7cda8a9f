import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { connect as dialTcp } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { compress } from 'snappyjs';
import { afterEach, describe, expect, it } from 'vitest';
import { HanokError } from '#base';
import { openTestInstance, type TestInstance } from '../test-instance.ts';
import { callHeaders, HELLO } from '../testkit/floods.ts';
import { FLAG, headerBlock, frame as rawFrame, TYPE } from '../testkit/http2-frames.ts';

const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const GOOD = {
  ':method': 'POST',
  ':path': LOGS,
  'content-type': 'application/grpc',
  te: 'trailers',
  'x-hanok-key': 'key-a',
};

let instance: TestInstance;
let client: grpc.Client;
const sessions = new Set<ClientHttp2Session>();

async function open(...options: Parameters<typeof openTestInstance>): Promise<void> {
  instance = await openTestInstance(...options);
  client = new grpc.Client(`127.0.0.1:${instance.receivers.grpcPort}`, grpc.credentials.createInsecure());
}
afterEach(async () => {
  client.close();
  for (const session of sessions) session.destroy();
  sessions.clear();
  await instance.close();
});

interface Outcome {
  readonly code: number;
  readonly details: string;
  readonly metadata: grpc.Metadata;
  readonly message?: Buffer;
}

/** A call of the stock client. */
function call(
  body: string | Uint8Array,
  headers: Record<string, string> = { 'x-hanok-key': 'key-a' },
  { path = LOGS, timeoutMs }: { path?: string; timeoutMs?: number } = {},
): Promise<Outcome> {
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      (value: Buffer) => value,
      (value: Buffer) => value,
      Buffer.from(body),
      metadata,
      timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs },
      (error, message) => {
        resolve({
          code: error?.code ?? 0,
          details: error?.details ?? '',
          metadata: error?.metadata ?? new grpc.Metadata(),
          ...(message ? { message } : {}),
        });
      },
    );
  });
}

function detailsOf(outcome: Outcome): Buffer {
  return outcome.metadata.get('grpc-status-details-bin')[0] as Buffer;
}

function rawSession(): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${instance.receivers.grpcPort}`);
  session.on('error', () => {});
  sessions.add(session);
  return session;
}

/** A call spoken by hand, for what the stock client cannot be made to say. */
async function rawCall(
  frame: Uint8Array | undefined,
  headers: Record<string, string> = {},
): Promise<{ headers: IncomingHttpHeaders; trailers: IncomingHttpHeaders; data: Buffer }> {
  const stream = rawSession().request({ ...GOOD, ...headers });
  stream.on('error', () => {});
  let heard: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  const chunks: Buffer[] = [];
  stream.on('response', (one) => (heard = one));
  stream.on('trailers', (one) => (trailers = one));
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.end(frame);
  await once(stream, 'close');
  return { headers: heard, trailers, data: Buffer.concat(chunks) };
}

function frame(message: Uint8Array | string, flag = 0, length?: number): Buffer {
  const bytes = Buffer.from(message);
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length ?? bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

const textOf = (blocks: readonly { readonly bytes: Uint8Array }[]) => Buffer.from(blocks[0]!.bytes).toString();

describe('the stock client', () => {
  it('is answered only after the journal has the data', async () => {
    await open();
    let stored = false;
    instance.onAppend = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      stored = true;
    };
    const outcome = await call('one,two');
    expect(stored).toBe(true);
    expect(outcome).toMatchObject({ code: 0, message: Buffer.alloc(0) });
    expect(textOf(instance.stored('tenant-a')[0]!.blocks)).toBe('one,two');
    expect(instance.events).toMatchObject([{ protocol: 'otlp-grpc', outcome: 'accepted', records: 2, service: 'one' }]);
    expect(instance.events[0]!.userAgent).toContain('grpc-node-js');
  });

  it('reaches all three signals', async () => {
    await open();
    for (const name of ['logs.v1.Logs', 'trace.v1.Trace', 'metrics.v1.Metrics'])
      expect((await call('a', undefined, { path: `/opentelemetry.proto.collector.${name}Service/Export` })).code).toBe(
        0,
      );
    expect(instance.stored('tenant-a').map((batch) => batch.signal)).toEqual(['logs', 'traces', 'metrics']);
  });

  it.each([grpc.compressionAlgorithms.gzip, grpc.compressionAlgorithms.deflate])(
    'compresses (%s)',
    async (algorithm) => {
      await open();
      client.close();
      client = new grpc.Client(`127.0.0.1:${instance.receivers.grpcPort}`, grpc.credentials.createInsecure(), {
        'grpc.default_compression_algorithm': algorithm,
      });
      const text = 'word,'.repeat(50_000);
      expect((await call(text)).code).toBe(0);
      expect(textOf(instance.stored('tenant-a')[0]!.blocks)).toBe(text);
      expect(instance.events[0]!.bytes).toBeLessThan(text.length / 10);
    },
  );

  it('sends messages of many frames, and many at once', async () => {
    await open();
    const large = 'x'.repeat(5_000_000);
    const outcomes = await Promise.all([...Array(20).keys()].map((i) => call(i === 7 ? large : `n${i}`)));
    expect(outcomes.every((outcome) => outcome.code === 0)).toBe(true);
    const texts = new Set(instance.stored('tenant-a').map((batch) => textOf(batch.blocks)));
    expect(texts.size).toBe(20);
    expect(texts.has(large)).toBe(true);
  });

  it('may send an empty request', async () => {
    await open();
    expect((await call('')).code).toBe(0);
    expect(instance.stored('tenant-a')).toEqual([]);
  });

  it('gets partial_success', async () => {
    await open();
    const { code, message } = await call('a,reject');
    expect(code).toBe(0);
    expect(message).toEqual(Buffer.from([10, 14, 8, 1, 18, 10, ...Buffer.from('1 rejected')]));
  });

  it.each([
    ['bad data', 'malformed', {}, grpc.status.INVALID_ARGUMENT, 'otlp.malformed'],
    ['a fault of ours', 'bug', {}, grpc.status.INTERNAL, 'receivers.bug'],
    ['a wrong key', 'a', { 'x-hanok-key': 'nobody' }, grpc.status.UNAUTHENTICATED, 'edge.key'],
    ["another tenant's id", 'a', { 'x-business-id': 'tenant-b' }, grpc.status.PERMISSION_DENIED, 'edge.tenant'],
    ['a bad timeout', 'a', { 'grpc-timeout': 'soon' }, grpc.status.INVALID_ARGUMENT, 'receivers.malformed-request'],
  ])('hears the right status for %s', async (_name, body, headers, code, reason) => {
    await open();
    const outcome = await call(body, { 'x-hanok-key': 'key-a', ...headers });
    expect(outcome.code).toBe(code);
    expect(detailsOf(outcome).includes(reason)).toBe(true);
    expect(detailsOf(outcome).includes('RetryInfo')).toBe(false);
    expect(outcome.metadata.get('google.rpc.retryinfo-bin')).toEqual([]);
    expect(outcome.details).not.toContain('secret');
    expect(instance.stored('tenant-a')).toEqual([]);
    expect(instance.events).toMatchObject([{ outcome: 'refused', code: reason }]);
    expect((await call('good')).code).toBe(0);
  });

  it('of a refused credential whose tenant is known is told to that tenant, and to no other', async () => {
    await open();
    await call('a', { 'x-hanok-key': 'key-a', 'x-business-id': 'tenant-b' });
    instance.revoked.add('key-a');
    await call('a', { 'x-hanok-key': 'key-a' });
    await call('a', { 'x-hanok-key': 'nobody' });
    expect(instance.events).toMatchObject([
      { tenant: 'tenant-a', code: 'edge.tenant', outcome: 'refused', protocol: 'otlp-grpc' },
      { tenant: 'tenant-a', code: 'edge.key', outcome: 'refused', protocol: 'otlp-grpc' },
      { tenant: null, code: 'edge.key', outcome: 'refused', protocol: 'otlp-grpc' },
    ]);
  });

  it('gets texts beyond ASCII whole', async () => {
    await open();
    instance.journal = { open: false, code: 'journal.full', message: '창고가 100% 찼다', retryAfter: 2 };
    expect((await call('a')).details).toBe('창고가 100% 찼다');
  });

  it.each([
    ['a closed journal', grpc.status.UNAVAILABLE],
    ['an empty bucket', grpc.status.RESOURCE_EXHAUSTED],
  ])('is asked to come again by %s, before its message is read', async (_name, code) => {
    await open();
    const known = code === grpc.status.RESOURCE_EXHAUSTED;
    const closed = { open: false, code: 'x.closed', message: 'later', retryAfter: 60 } as const;
    if (code === grpc.status.UNAVAILABLE) instance.journal = closed;
    else instance.bucket = closed;
    const outcome = await call('x'.repeat(3_000_000));
    expect(outcome.code).toBe(code);
    const details = detailsOf(outcome);
    // RetryInfo { retry_delay { seconds } }: what a rate asks for is known, when a journal opens is guessed.
    expect(details.subarray(details.indexOf('RetryInfo') + 9)).toEqual(Buffer.from([18, 4, 10, 2, 8, known ? 60 : 5]));
    expect(outcome.metadata.get('google.rpc.retryinfo-bin')).toEqual([Buffer.from([10, 2, 8, known ? 60 : 5])]);
  });

  it('hears UNAVAILABLE when the journal cannot write', async () => {
    await open();
    instance.onAppend = () => Promise.reject(new HanokError('x', { kind: 'bug', status: 500, retry: false }, 'EIO'));
    const outcome = await call('a');
    expect(outcome.code).toBe(grpc.status.UNAVAILABLE);
    expect(detailsOf(outcome).includes('RetryInfo')).toBe(true);
  });

  it('hears RESOURCE_EXHAUSTED without a hint for messages over the limit', async () => {
    await open({ maxInflatedBytes: 100_000 });
    const outcome = await call('x'.repeat(100_001));
    expect(outcome.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
    expect(detailsOf(outcome).includes('RetryInfo')).toBe(false);
  });

  it('has its deadline kept by both sides', async () => {
    await open();
    instance.onAppend = () => new Promise((resolve) => setTimeout(resolve, 300));
    expect((await call('a', undefined, { timeoutMs: 50 })).code).toBe(grpc.status.DEADLINE_EXCEEDED);
    const { headers } = await rawCall(frame('b'), { 'grpc-timeout': '20m' });
    expect(headers['grpc-status']).toBe('4');
    await expect.poll(() => instance.stored('tenant-a').length).toBeGreaterThan(0);
    instance.onAppend = async () => {};
    expect((await call('good')).code).toBe(0);
  });

  it.each(['/nobody.Service/Export', LOGS.replace('Export', 'Other'), '/grpc.health.v1.Health/Watch'])(
    'hears UNIMPLEMENTED for %s',
    async (path) => {
      await open();
      expect((await call('a', undefined, { path })).code).toBe(grpc.status.UNIMPLEMENTED);
    },
  );

  it('may ask for health without a key', async () => {
    await open();
    const { code, message } = await call('', {}, { path: '/grpc.health.v1.Health/Check' });
    expect([code, message]).toEqual([0, Buffer.from([8, 1])]);
  });

  it('finishes its calls while the instance closes', async () => {
    await open();
    let release: (() => void) | undefined;
    instance.onAppend = () => new Promise((resolve) => (release = resolve));
    const pending = call('a');
    await expect.poll(() => release).toBeDefined();
    const closed = instance.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    release?.();
    expect((await pending).code).toBe(0);
    await closed;
  });
});

describe('frames by hand', () => {
  it.each([
    ['gzip', gzipSync('a,b'), 1],
    ['zstd', zstdCompressSync('a,b'), 1],
    ['snappy', Buffer.from(compress(Buffer.from('a,b'))), 1],
    ['gzip', Buffer.from('a,b'), 0],
  ])('may be encoded or not under grpc-encoding %s', async (encoding, bytes, flag) => {
    await open();
    const { trailers, data } = await rawCall(frame(bytes, flag), { 'grpc-encoding': encoding });
    expect(trailers['grpc-status']).toBe('0');
    expect(data).toEqual(Buffer.alloc(5));
    expect(textOf(instance.stored('tenant-a')[0]!.blocks)).toBe('a,b');
  });

  it.each([
    ['an unknown encoding', frame('a'), { 'grpc-encoding': 'brotli' }, '12'],
    ['the compressed flag without encoding', frame('a', 1), {}, '13'],
    ['unknown flags', frame('a', 2), {}, '12'],
    ['two messages', Buffer.concat([frame('a'), frame('b')]), {}, '12'],
    ['no message', undefined, {}, '12'],
    ['half a prefix', Buffer.from([0, 0]), {}, '3'],
    ['half a message', frame('abc', 0, 10), {}, '3'],
    ['a length of 4 GiB', frame('abc', 0, 2 ** 32 - 1), {}, '8'],
    ['bytes that are not gzip', frame('abc', 1), { 'grpc-encoding': 'gzip' }, '3'],
    ['a bomb', frame(gzipSync(Buffer.alloc(200_000)), 1), { 'grpc-encoding': 'gzip' }, '8'],
    ['JSON', frame('{}'), { 'content-type': 'application/grpc+json' }, '3'],
  ])('with %s are refused', async (_name, bytes, headers, status) => {
    await open({ maxInflatedBytes: 100_000 });
    const answer = await rawCall(bytes, headers);
    expect(answer.headers['grpc-status']).toBe(status);
    expect(answer.headers['grpc-accept-encoding']).toBe('identity,gzip,deflate,zstd,snappy');
    expect(instance.stored('tenant-a')).toEqual([]);
    expect((await call('good')).code).toBe(0);
  });

  it('that stop coming are given up, and memory is freed', async () => {
    await open({ bodyGraceMs: 100, bodyMinRate: 1_000, bodyMemoryBytes: 2_000 });
    const stream = rawSession().request(GOOD);
    stream.on('error', () => {});
    stream.write(frame('abc', 0, 1_500));
    await expect.poll(async () => (await call('x'.repeat(1_000))).code).toBe(grpc.status.UNAVAILABLE);
    const [headers] = await once(stream, 'response');
    expect(headers['grpc-status']).toBe('4');
    expect((await call('x'.repeat(1_000))).code).toBe(0);
  });

  it('cut off by a reset store nothing and free what they held', async () => {
    await open({ bodyMemoryBytes: 2_000 });
    const stream = rawSession().request(GOOD);
    stream.on('error', () => {});
    stream.write(frame('abc', 0, 1_500));
    await expect.poll(() => instance.spent.length).toBe(1);
    stream.close(constants.NGHTTP2_CANCEL);
    await expect.poll(async () => (await call('x'.repeat(1_000))).code).toBe(0);
    expect(instance.stored('tenant-a')).toHaveLength(1);
  });

  it.each(['authorization', 'x-hanok-key', 'x-business-id'])('with two %s headers are refused', async (name) => {
    await open();
    const peer = dialTcp(instance.receivers.grpcPort, '127.0.0.1');
    peer.on('error', () => {}).resume();
    const twice = Buffer.concat(
      [1, 2].map(() => headerBlock({ [name]: name.startsWith('x-b') ? 'tenant-a' : 'key-a' })),
    );
    const block = Buffer.concat([headerBlock(callHeaders(undefined)), twice]);
    peer.write(Buffer.concat([HELLO, rawFrame(TYPE.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 1, block)]));
    await expect.poll(() => instance.events).toMatchObject([{ outcome: 'refused', code: 'receivers.repeated-header' }]);
    peer.destroy();
  });

  it('not of gRPC are told where HTTP is', async () => {
    await open();
    const stream = rawSession().request({ ':method': 'GET', ':path': '/' });
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(405);
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect(text).toContain(`OTLP/HTTP is served on port ${instance.receivers.httpPort}`);
  });
});

describe('floods and strangers', () => {
  it('of resets end their own connection only', async () => {
    await open();
    const session = rawSession();
    let ended = false;
    session.on('close', () => (ended = true));
    session.on('goaway', () => (ended = true));
    for (let round = 0; round < 100 && !ended; round++) {
      const streams: ClientHttp2Stream[] = [];
      for (let i = 0; i < 100 && !session.destroyed && !session.closed; i++) {
        const stream = session.request(GOOD);
        stream.on('error', () => {});
        stream.close(constants.NGHTTP2_CANCEL);
        streams.push(stream);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(ended).toBe(true);
    expect((await call('good')).code).toBe(0);
  });

  it.each([
    [
      'HTTP/1.1',
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n',
      /^HTTP\/1\.1 400 [\s\S]*OTLP\/HTTP is served on port/,
    ],
    ['TLS', Buffer.from('16030100c8010000c4', 'hex'), /^$/],
    ['rubbish', 'PRIvet', /^$/],
  ])('with %s are told and shown', async (_name, bytes, answer) => {
    await open();
    const socket = dialTcp(instance.receivers.grpcPort, '127.0.0.1');
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.write(bytes);
    await once(socket, 'close');
    expect(text).toMatch(answer);
    expect(instance.events).toMatchObject([{ code: 'receivers.wrong-protocol', protocol: 'otlp-grpc' }]);
    expect((await call('good')).code).toBe(0);
  });

  it('that never say a word, or stop after the preface, do not stay', async () => {
    await open({ headersTimeoutMs: 100, idleTimeoutMs: 1_000 });
    const silent = dialTcp(instance.receivers.grpcPort, '127.0.0.1');
    const half = dialTcp(instance.receivers.grpcPort, '127.0.0.1');
    half.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    half.resume();
    silent.resume();
    await Promise.all([once(silent, 'close'), once(half, 'close')]);
    expect((await call('good')).code).toBe(0);
  });

  it('keep no sender out, however many connections they hold', async () => {
    await open({ maxConnections: 100, connections: { perSource: 1_000 } });
    expect((await call('good')).code).toBe(0);
    const strangers = Array.from({ length: 1_000 }, (_, i) => {
      const socket = dialTcp({
        port: instance.receivers.grpcPort,
        host: '127.0.0.1',
        localAddress: `127.0.1.${i % 9}`,
      });
      socket.on('error', () => {}).resume();
      socket.write(HELLO);
      return socket;
    });
    await Promise.all(strangers.map((socket) => once(socket, 'connect').catch(() => {})));
    // On the connection it has, and on a new one.
    expect((await call('good')).code).toBe(0);
    expect((await rawCall(frame('b'))).trailers['grpc-status']).toBe('0');
    await expect
      .poll(() => strangers.filter((socket) => !socket.closed).length, { timeout: 10_000 })
      .toBeLessThanOrEqual(100);
    expect(instance.events.some(({ code }) => code === 'receivers.connections')).toBe(true);
    for (const socket of strangers) socket.destroy();
  });

  it('that hold more connections than an address may have are refused', async () => {
    await open({ connections: { perSource: 2, sharedSources: '' } });
    const first = rawSession();
    const proven = async (session: ClientHttp2Session) => {
      const stream = session.request(GOOD);
      stream.on('error', () => {}).resume();
      stream.end(frame('a'));
      await once(stream, 'close');
    };
    await proven(first);
    await proven(rawSession());
    await expect(once(rawSession(), 'connect').then(() => proven(rawSession()))).resolves.toBeUndefined();
    await expect.poll(() => instance.events.some(({ code }) => code === 'receivers.connections')).toBe(true);
    await proven(first);
  });

  it('of broken frames end their own connection only', async () => {
    await open();
    const socket = dialTcp(instance.receivers.grpcPort, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(Buffer.alloc(4_096, 0xff));
    await once(socket, 'close');
    expect((await call('good')).code).toBe(0);
  });

  it('keepalive pings are answered', async () => {
    await open();
    const session = rawSession();
    await once(session, 'connect');
    await new Promise<void>((resolve, reject) => session.ping((error) => (error ? reject(error) : resolve())));
  });
});

import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { compress } from 'snappyjs';
import { afterEach, describe, expect, it } from 'vitest';
import { HanokError } from '#base';
import { openTestInstance, type TestInstance } from '../test-instance.ts';

let instance: TestInstance;
const open = async (...options: Parameters<typeof openTestInstance>) => (instance = await openTestInstance(...options));
afterEach(() => instance.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** google/rpc/status.proto */
const STATUS = protobuf
  .parse(
    'syntax = "proto3"; message Status { int32 code = 1; string message = 2; repeated Any details = 3; } message Any { string type_url = 1; bytes value = 2; }',
  )
  .root.lookupType('Status');

const GOOD = { authorization: 'Bearer key-a', 'content-type': 'application/json' };

async function send(
  body: string | Uint8Array,
  headers: Record<string, string | string[]> = GOOD,
  { path = '/v1/logs', method = 'POST' } = {},
): Promise<Answer> {
  const sent = request({ port: instance.receivers.httpPort, host: '127.0.0.1', path, method, headers, agent: false });
  sent.end(body);
  const [response] = await once(sent, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

function dial(): Socket {
  return connect(instance.receivers.httpPort, '127.0.0.1');
}

/** Everything the server says until it closes. */
async function hearAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  // A cut connection ends with an error first, at which `once` of node:events would give up.
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

const textOf = (blocks: readonly { readonly bytes: Uint8Array }[]) => Buffer.from(blocks[0]!.bytes).toString();

describe('a good request', () => {
  it('is answered only after the journal has it, in its own encoding', async () => {
    await open();
    let storedWhenAnswered = 0;
    instance.onAppend = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      storedWhenAnswered = 1;
    };
    const json = await send('one,two');
    expect(storedWhenAnswered).toBe(1);
    expect(json.status).toBe(200);
    expect(json.headers['content-type']).toBe('application/json');
    expect(json.body.toString()).toBe('{}');
    const proto = await send('one', { ...GOOD, 'content-type': 'application/x-protobuf; x=1' }, { path: '/v1/traces' });
    expect(proto.headers['content-type']).toBe('application/x-protobuf');
    expect(proto.body.length).toBe(0);
    expect(instance.stored('tenant-a').map((batch) => batch.signal)).toEqual(['logs', 'traces']);
    expect(instance.events.map((event) => [event.outcome, event.records, event.service])).toEqual([
      ['accepted', 2, 'one'],
      ['accepted', 1, 'one'],
    ]);
  });

  it.each([
    ['gzip', gzipSync('a,b')],
    ['x-gzip', Buffer.concat([gzipSync('a'), gzipSync(',b')])],
    ['deflate', deflateSync('a,b')],
    ['deflate', deflateRawSync('a,b')],
    ['zstd', zstdCompressSync('a,b')],
    ['snappy', Buffer.from(compress(Buffer.from('a,b')))],
    ['zstd', Buffer.concat([zstdCompressSync('a'), zstdCompressSync(',b')])],
    ['identity', Buffer.from('a,b')],
  ])('is understood in %s', async (coding, body) => {
    await open();
    const { status } = await send(body, { ...GOOD, 'content-encoding': coding });
    expect(status).toBe(200);
    expect(textOf(instance.stored('tenant-a')[0]!.blocks)).toBe('a,b');
  });

  it('may be empty, and then stores nothing', async () => {
    await open();
    expect((await send('')).status).toBe(200);
    expect(instance.stored('tenant-a')).toEqual([]);
  });

  it('gets partial_success when records were rejected', async () => {
    await open();
    const json = await send('a,reject,reject');
    expect(JSON.parse(json.body.toString())).toEqual({
      partialSuccess: { rejectedLogRecords: '2', errorMessage: '2 rejected' },
    });
    const proto = await send('reject', { ...GOOD, 'content-type': 'application/x-protobuf' });
    // partial_success { rejected: 1, error_message: "1 rejected" }
    expect(proto.body).toEqual(Buffer.from([10, 14, 8, 1, 18, 10, ...Buffer.from('1 rejected')]));
    expect(instance.events.map((event) => [event.outcome, event.rejected])).toEqual([
      ['partial', 2],
      ['partial', 1],
    ]);
  });

  it.each([0, 1])(
    "of one tenant has nothing of another's that was in its buffer before (%s decode threads)",
    async (decodeThreads) => {
      await open({ decodeThreads, inlineBytes: 1_000 });
      for (let round = 0; round < 3; round++) {
        await send('a'.repeat(64_000));
        await send('b'.repeat(60_000), { ...GOOD, authorization: 'Bearer key-b' });
      }
      for (const [tenant, body] of [
        ['tenant-a', 'a'.repeat(64_000)],
        ['tenant-b', 'b'.repeat(60_000)],
      ] as const)
        expect(instance.stored(tenant).map((batch) => textOf(batch.blocks) === body)).toEqual([true, true, true]);
    },
  );

  it('works with Expect: 100-continue', async () => {
    await open();
    const socket = dial();
    const heard = hearAll(socket);
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-hanok-key: key-a\r\ncontent-type: application/json\r\ncontent-length: 3\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n',
    );
    await once(socket, 'data');
    socket.write('a,b');
    expect(await heard).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });
});

describe('a refusal', () => {
  it.each([
    ['no content-type', {}, {}, 415, 'receivers.content-type'],
    ['a wrong content-type', { 'content-type': 'invalid' }, {}, 415, 'receivers.content-type'],
    ['an unknown coding', { 'content-encoding': 'br' }, {}, 415, 'receivers.content-encoding'],
    ['two codings', { 'content-encoding': 'gzip, gzip' }, {}, 415, 'receivers.content-encoding'],
    ['GET', {}, { method: 'GET' }, 405, 'receivers.method'],
    ['OPTIONS without configured origins', { origin: 'http://x' }, { method: 'OPTIONS' }, 405, 'receivers.method'],
    ['another path', {}, { path: '/v1/logs/' }, 404, 'receivers.route'],
    ['a wrong key', { authorization: 'Bearer nobody' }, {}, 401, 'edge.key'],
    ["another tenant's id", { 'x-business-id': 'tenant-b' }, {}, 403, 'edge.tenant'],
  ])(
    'of %s has its status and code',
    async (_name, headers, options: { method?: string; path?: string }, status, code) => {
      await open();
      const base: Record<string, string> =
        status === 415 && !('content-encoding' in headers) ? { authorization: GOOD.authorization } : GOOD;
      const answer = await send(options.method ? '' : 'a', { ...base, ...headers }, options);
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(JSON.parse(answer.body.toString()).details[0].reason).toBe(code);
      expect(instance.stored('tenant-a')).toEqual([]);
      expect(instance.stored('tenant-b')).toEqual([]);
      expect(instance.events).toMatchObject([{ outcome: 'refused', code }]);
      expect((await send('a')).status).toBe(200);
    },
  );

  it('of a credential whose tenant is known is told to that tenant, and to no other', async () => {
    await open();
    expect((await send('a', { ...GOOD, 'x-business-id': 'tenant-b' })).status).toBe(403);
    instance.revoked.add('key-a');
    expect((await send('a')).status).toBe(401);
    expect((await send('a', { ...GOOD, authorization: 'Bearer nobody' })).status).toBe(401);
    expect(instance.events).toMatchObject([
      { tenant: 'tenant-a', code: 'edge.tenant', outcome: 'refused', protocol: 'otlp-http' },
      { tenant: 'tenant-a', code: 'edge.key', outcome: 'refused', protocol: 'otlp-http' },
      { tenant: null, code: 'edge.key', outcome: 'refused', protocol: 'otlp-http' },
    ]);
  });

  it('is a protobuf Status for protobuf, with the place of the fault', async () => {
    await open();
    const answer = await send('malformed', { ...GOOD, 'content-type': 'application/x-protobuf' });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/x-protobuf');
    expect([...answer.body.subarray(0, 3)]).toEqual([8, 3, 18]);
    for (const part of ['the body is not OTLP. Send OTLP.', 'google.rpc.BadRequest', 'byte 7', 'otlp.malformed'])
      expect(answer.body.includes(part)).toBe(true);
  });

  it.each([
    ['a body that is too large', 413, 8, 'receivers.too-large', Buffer.alloc(100_001, 'a'), {}],
    ['a coding that is not known', 415, 12, 'receivers.content-encoding', 'a', { 'content-encoding': 'br' }],
    [
      'a body that is not what its coding says',
      400,
      3,
      'receivers.compressed-data',
      'a',
      { 'content-encoding': 'gzip' },
    ],
    ['a key sent twice', 400, 3, 'receivers.repeated-header', 'a', { 'x-hanok-key': ['key-a', 'key-b'] }],
    ['a wrong key', 401, 16, 'edge.key', 'a', { authorization: 'Bearer nobody' }],
    ['another path', 404, 12, 'receivers.route', 'a', {}],
  ])('of %s is a Status in the encoding of the request', async (_name, status, code, reason, body, headers) => {
    await open({ maxInflatedBytes: 100_000 });
    const path = status === 404 ? '/v1/other' : '/v1/logs';
    const json = await send(body, { ...GOOD, ...headers }, { path });
    expect([json.status, json.headers['content-type']]).toEqual([status, 'application/json']);
    const plain = JSON.parse(json.body.toString());
    expect([plain.code, plain.details[0].reason]).toEqual([code, reason]);
    const sent = { ...GOOD, ...headers, 'content-type': 'application/x-protobuf' };
    const proto = await send(body, sent, { path });
    expect([proto.status, proto.headers['content-type']]).toEqual([status, 'application/x-protobuf']);
    const said = STATUS.decode(proto.body) as unknown as {
      code: number;
      message: string;
      details: { value: Buffer }[];
    };
    expect(said.code).toBe(code);
    expect(said.message).toBe(plain.message);
    expect(Buffer.from(said.details[0]!.value).includes(reason)).toBe(true);
  });

  it('of a fault of ours is final and keeps inner texts inside', async () => {
    await open();
    const answer = await send('bug');
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).not.toContain('secret');
    expect(answer.headers['retry-after']).toBeUndefined();
  });

  it.each([
    ['truncated gzip', 'gzip', gzipSync('a,b').subarray(0, -4)],
    ['gzip with something after it', 'gzip', Buffer.concat([gzipSync('a'), Buffer.from('tail')])],
    ['plain bytes as gzip', 'gzip', Buffer.from('a,b')],
    ['truncated zstd', 'zstd', zstdCompressSync('a,b').subarray(0, -1)],
    ['zstd with something after it', 'zstd', Buffer.concat([zstdCompressSync('a'), Buffer.from('tail tail')])],
    ['plain bytes as deflate', 'deflate', Buffer.from('a,b')],
  ])('of %s is 400', async (_name, coding, body) => {
    await open();
    const answer = await send(body, { ...GOOD, 'content-encoding': coding });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body.toString()).details[0].reason).toBe('receivers.compressed-data');
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(200_000))],
    ['deflate', deflateSync(Buffer.alloc(200_000))],
    ['zstd', zstdCompressSync(Buffer.alloc(200_000))],
    ['zstd', Buffer.concat([1, 2].map(() => zstdCompressSync(Buffer.alloc(60_000))))],
    ['identity', Buffer.alloc(100_001, 'a')],
  ])('of a body beyond the inflated limit (%s) is 413', async (coding, body) => {
    await open({ maxInflatedBytes: 100_000 });
    expect((await send(body, { ...GOOD, 'content-encoding': coding })).status).toBe(413);
    expect(instance.stored('tenant-a')).toEqual([]);
  });

  it('of a declared length beyond the limit comes before the body', async () => {
    await open({ maxWireBytes: 1_000_000 });
    const socket = dial();
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-hanok-key: key-a\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 1000001\r\n\r\n',
    );
    const [first] = await once(socket, 'data');
    expect(first.toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('of an endless chunked body is 413 and closes the connection', async () => {
    await open({ maxInflatedBytes: 100_000 });
    const socket = dial();
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-hanok-key: key-a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`;
    const pump = setInterval(() => socket.writable && socket.write(chunk), 1);
    const heard = await hearAll(socket);
    clearInterval(pump);
    expect(heard).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('of a key that was revoked while the body came is 401, and nothing is stored', async () => {
    await open();
    const socket = dial();
    const heard = hearAll(socket);
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-hanok-key: key-a\r\ncontent-type: application/json\r\ncontent-length: 3\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n',
    );
    await once(socket, 'data');
    instance.revoked.add('key-a');
    socket.write('a,b');
    expect(await heard).toContain('HTTP/1.1 401 ');
    expect(instance.stored('tenant-a')).toEqual([]);
  });

  it('of a slow body is 408, while others are served', async () => {
    await open({ bodyGraceMs: 100, bodyMinRate: 1_000 });
    const socket = dial();
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-hanok-key: key-a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\na',
    );
    const [first] = await Promise.all([once(socket, 'data'), send('other')]);
    expect(first[0].toString()).toMatch(/^HTTP\/1\.1 408 /);
    await hearAll(socket);
    expect(instance.stored('tenant-a')).toHaveLength(1);
  });

  it.each([
    // Nobody knows when a journal opens: a guess, short of where exporters give up. Of a rate it is known.
    ['a closed journal', 503, 'journal.full', 5],
    ['an empty bucket', 429, 'edge.rate', 60],
  ])('by %s comes before the body, with a hint', async (_name, status, code, seconds) => {
    await open();
    const closed = { open: false, code, message: 'later', retryAfter: 60 } as const;
    if (status === 503) instance.journal = closed;
    else instance.bucket = closed;
    const socket = dial();
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-hanok-key: key-a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n',
    );
    const [first] = await once(socket, 'data');
    socket.destroy();
    expect(first.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(first.toString()).toContain(`retry-after: ${seconds}\r\n`);
    expect(first.toString()).toContain(`"retryDelay":"${seconds}s"`);
  });

  it('leaves the connection usable when the rest of the body is short', async () => {
    await open();
    const socket = dial();
    const heard = hearAll(socket);
    const head = 'POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-hanok-key: key-a\r\ncontent-type: ';
    socket.write(`${head}invalid\r\ncontent-length: 5\r\n\r\n`);
    await once(socket, 'data');
    socket.write(`ab,cd${head}application/json\r\ncontent-length: 1\r\nconnection: close\r\n\r\nz`);
    expect(await heard).toMatch(/^HTTP\/1\.1 415 [\s\S]*HTTP\/1\.1 200 OK/);
    expect(instance.stored('tenant-a')).toHaveLength(1);
  });

  it('is 503 when the journal cannot write, whatever the fault is called', async () => {
    await open();
    for (const error of [
      new Error('EIO'),
      new HanokError('journal.bug', { kind: 'bug', status: 500, retry: false }, 'oh'),
      new HanokError('journal.full', { kind: 'world', status: 503, retry: true }, 'full', { retryAfter: 2 }),
    ]) {
      instance.onAppend = () => Promise.reject(error);
      const answer = await send('a');
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toMatch(/^[12]$/);
    }
    expect(instance.stored('tenant-a')).toEqual([]);
  });

  it('is 503 when too many bytes are under way, and memory comes back', async () => {
    await open({ bodyMemoryBytes: 1_000 });
    const socket = dial();
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-hanok-key: key-a\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n',
    );
    await expect.poll(async () => (await send('a'.repeat(200))).status).toBe(503);
    expect((await send('a'.repeat(50), { ...GOOD, authorization: 'Bearer key-b' })).status).toBe(200);
    socket.destroy();
    await expect.poll(async () => (await send('a'.repeat(200))).status).toBe(200);
  });
});

it('charges what a request really cost: the estimate before, the rest or the change after', async () => {
  await open();
  expect((await send('a'.repeat(50))).status).toBe(200);
  expect((await send('a'.repeat(50))).status).toBe(200);
  const sum = (list: readonly { records: number; bytes: number }[]) =>
    list.reduce((all, one) => ({ records: all.records + one.records, bytes: all.bytes + one.bytes }), {
      records: 0,
      bytes: 0,
    });
  expect(instance.settled).toHaveLength(2);
  const [spent, settled] = [sum(instance.spent), sum(instance.settled)];
  const stored = instance.stored('tenant-a').reduce((all, batch) => all + batch.records, 0);
  expect(spent.records + settled.records).toBe(stored);
});

it('lets a sender that wants the connection closed finish its body, so that it sees the refusal', async () => {
  await open({ maxInflatedBytes: 1_000_000 });
  for (let i = 0; i < 5; i++) {
    const headers = { ...GOOD, connection: 'close', 'content-length': 30_000_000 };
    const sent = request({
      port: instance.receivers.httpPort,
      host: '127.0.0.1',
      path: '/v1/logs',
      method: 'POST',
      headers,
      agent: false,
    });
    const finished = once(sent, 'finish');
    sent.end(Buffer.alloc(30_000_000));
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(413);
    response.resume();
    await finished;
    await expect.poll(() => sent.socket?.destroyed ?? true).toBe(true);
  }
});

describe('senders that break off', () => {
  it('store nothing', async () => {
    await open();
    const socket = dial();
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-hanok-key: key-a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\nabc',
    );
    await expect.poll(() => instance.spent.length).toBe(1);
    socket.resetAndDestroy();
    expect((await send('later')).status).toBe(200);
    expect(instance.stored('tenant-a')).toHaveLength(1);
  });
});

describe('strangers', () => {
  it.each(['authorization: Bearer key-a', 'host: x', 'x-hanok-key: key-a', 'x-hanok-tenant: tenant-a'])(
    'that send "%s" twice are refused',
    async (line) => {
      instance = await openTestInstance();
      const socket = connect(instance.receivers.httpPort, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => (text += chunk));
      const host = line.startsWith('host') ? '' : 'host: x\r\n';
      socket.write(
        `POST /v1/logs HTTP/1.1\r\n${host}${line}\r\n${line}\r\ncontent-type: application/json\r\n` +
          'content-length: 2\r\nconnection: close\r\n\r\n{}',
      );
      await once(socket, 'close');
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect(text).toContain('receivers.repeated-header');
      expect(instance.events).toMatchObject([{ outcome: 'refused', code: 'receivers.repeated-header' }]);
    },
  );

  it('keep no sender out with thousands of requests that never end', async () => {
    instance = await openTestInstance({ maxConnections: 100, connections: { perSource: 1_000 } });
    const sockets = Array.from({ length: 2_000 }, (_, i) => {
      const from = `127.0.1.${i % 9}`;
      const socket = connect({ port: instance.receivers.httpPort, host: '127.0.0.1', localAddress: from });
      socket.on('error', () => {}).resume();
      socket.write('POST /v1/logs HTTP/1.1\r\nhost: x\r\n');
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, 'connect').catch(() => {})));
    const answer = await fetch(`http://127.0.0.1:${instance.receivers.httpPort}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'x-hanok-key': 'key-a' },
      body: 'a',
    });
    expect(answer.status).toBe(200);
    await expect
      .poll(() => sockets.filter((socket) => !socket.closed).length, { timeout: 10_000 })
      .toBeLessThanOrEqual(100);
    expect(instance.events.some(({ code }) => code === 'receivers.connections')).toBe(true);
    for (const socket of sockets) socket.destroy();
  });

  it.each([
    ['rubbish', 'nonsense\r\n\r\n', /^HTTP\/1\.1 400 [\s\S]*receivers\.malformed-request/],
    ['two lengths', 'POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['huge headers', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['gRPC', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /this is the OTLP\/HTTP port; OTLP\/gRPC is served on port \d+/],
    ['TLS', Buffer.from('16030100c8010000c4', 'hex'), /^$/],
  ])('with %s are told and shown', async (_name, bytes, answer) => {
    await open();
    const socket = dial();
    const heard = hearAll(socket);
    socket.write(bytes);
    expect(await heard).toMatch(answer);
    expect(instance.events).toMatchObject([{ outcome: 'refused', tenant: null, protocol: 'otlp-http' }]);
    expect((await send('a')).status).toBe(200);
  });

  it('who only look get a hint', async () => {
    await open();
    const answer = await send('', {}, { path: '/', method: 'GET' });
    expect(JSON.parse(answer.body.toString())).toMatchObject({ service: 'hanok', status: 'ok' });
    expect((await send('', {}, { path: '/health', method: 'GET' })).status).toBe(200);
    expect(instance.events).toEqual([]);
  });
});

describe('pages of configured origins', () => {
  it('may send, others may not', async () => {
    await open({ corsOrigins: 'https://shop.example, https://b.example' });
    const preflight = await send('', { origin: 'https://shop.example' }, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe('https://shop.example');
    const sent = await send('a', { ...GOOD, origin: 'https://b.example' });
    expect(sent.headers['access-control-allow-origin']).toBe('https://b.example');
    expect((await send('', { origin: 'https://evil.example' }, { method: 'OPTIONS' })).status).toBe(405);
  });
});

describe('closing', () => {
  it('lets a request under way finish', async () => {
    await open();
    let release: (() => void) | undefined;
    instance.onAppend = () => new Promise((resolve) => (release = resolve));
    const pending = send('a');
    await expect.poll(() => release).toBeDefined();
    const closed = instance.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    release?.();
    expect((await pending).status).toBe(200);
    await closed;
    await expect(send('b')).rejects.toThrow();
  });
});

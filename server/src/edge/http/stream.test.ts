import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { endpoint, type Needed } from '@hanok/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Route, routeOf, type StreamAnswer, type TenantContext } from '#base';
import { type EdgeInstance, openEdgeInstance } from '../testkit/instance.ts';

let instance: EdgeInstance;
afterEach(() => instance?.close());

const streamed = (
  permission: Needed,
  contentType: string,
  chunks: (context: TenantContext) => AsyncIterable<string>,
): Route =>
  routeOf(
    'GET /api/v1/demo-stream',
    endpoint({ permission, summary: 'Streams', input: z.object({}), output: 'stream' }),
    async (context): Promise<StreamAnswer> => ({ contentType, chunks: chunks(context as TenantContext) }),
  );

async function* forever({ signal }: TenantContext) {
  for (let n = 0; !signal.aborted; n++) {
    yield `data: ${n}\n\n`;
    await pause(5, undefined, { signal }).catch(() => undefined);
  }
}

const read = async (path = '/api/v1/demo-stream', headers: Record<string, string> = {}) => {
  const stop = new AbortController();
  const response = await fetch(instance.url + path, { headers, signal: stop.signal });
  const reader = response.body!.getReader();
  let text = '';
  return {
    response,
    stop,
    /** Reads until the text has `wanted`; false when the stream ended before. */
    async until(wanted: string | RegExp): Promise<boolean> {
      while (!(typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text))) {
        const { done, value } = await reader.read();
        if (done) return false;
        text += Buffer.from(value).toString();
      }
      return true;
    },
    text: () => text,
  };
};

describe('a stream', () => {
  it('sends headers before the first event, then events, then heartbeats', async () => {
    const gate = Promise.withResolvers<void>();
    instance = await openEdgeInstance({
      config: { heartbeat: 60 },
      routes: [
        streamed('public', 'text/event-stream', async function* () {
          await gate.promise;
          yield 'data: one\n\n';
          await new Promise(() => {});
        }),
      ],
    });
    const stream = await read();
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.response.headers.get('cache-control')).toBe('no-store');
    expect(stream.response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await stream.until(': beat\n\n')).toBe(true);
    gate.resolve();
    expect(await stream.until('data: one\n\n')).toBe(true);
    stream.stop.abort();
  });

  it('ends when the source ends', async () => {
    instance = await openEdgeInstance({
      routes: [
        streamed('public', 'application/x-ndjson', async function* () {
          for (let n = 0; n < 3; n++) yield `${n}\n`;
        }),
      ],
    });
    const { text, headers } = await instance.call('/api/v1/demo-stream');
    expect([text, headers.get('content-type')]).toEqual(['0\n1\n2\n', 'application/x-ndjson']);
  });

  it('whose source fails tells it: as an error before the first byte, as an event or a cut connection later', async () => {
    let after = 0;
    let type = 'text/event-stream';
    instance = await openEdgeInstance({
      routes: [
        routeOf(
          'GET /api/v1/demo-stream',
          endpoint({
            permission: 'public',
            summary: 'Fails',
            input: z.object({}),
            output: 'stream',
          }),
          async () => ({
            contentType: type,
            chunks: (async function* () {
              for (let n = 0; n < after; n++) yield `data: ${n}\n\n`;
              throw new Error('secret');
            })(),
          }),
        ),
      ],
    });
    after = 1;
    const told = await instance.call('/api/v1/demo-stream');
    expect(told.text).toMatch(/^data: 0\n\nevent: error\ndata: \{"error":\{"code":"edge\.bug".*\}\n\n$/);
    expect(told.text).not.toContain('secret');
    type = 'application/x-ndjson';
    await expect(instance.call('/api/v1/demo-stream')).rejects.toThrow();
    after = 0;
    expect((await instance.call('/api/v1/demo-stream')).code).toBe('edge.bug');
  });

  it('stops its source when the client goes', async () => {
    let returned = 0;
    instance = await openEdgeInstance({
      routes: [
        streamed('public', 'text/event-stream', async function* (context) {
          try {
            yield* forever(context);
          } finally {
            returned++;
          }
        }),
      ],
    });
    const stream = await read();
    expect(await stream.until('data: 3\n\n')).toBe(true);
    stream.stop.abort();
    await expect.poll(() => returned).toBe(1);
    expect(instance.meter.gauge('hanok_edge_streams', '').value).toBe(0);
  });

  it('pulls no faster than the client takes', async () => {
    let pulled = 0;
    instance = await openEdgeInstance({
      routes: [
        streamed('public', 'text/event-stream', async function* ({ signal }) {
          while (!signal.aborted) {
            pulled++;
            yield `data: ${'x'.repeat(65_536)}\n\n`;
          }
        }),
      ],
    });
    const socket = connect(instance.edge.port, '127.0.0.1');
    socket.write('GET /api/v1/demo-stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(socket, 'readable');
    // Not read from: the kernel's buffers fill, then nothing more may be pulled.
    let before = -1;
    await expect
      .poll(
        () => {
          const still = pulled === before;
          before = pulled;
          return still;
        },
        { interval: 200 },
      )
      .toBe(true);
    expect(pulled).toBeLessThan(1_000);
    socket.destroy();
  });

  it('ends when its session is revoked', async () => {
    instance = await openEdgeInstance({
      config: { heartbeat: 60 },
      routes: [
        streamed('logs.read', 'text/event-stream', async function* () {
          yield 'data: one\n\n';
          await new Promise(() => {});
        }),
      ],
    });
    const { email, password } = instance.first.tenants[1]!.admin;
    const login = await instance.call('/api/v1/login', { method: 'POST', body: { email, password } });
    const { token } = login.json as { token: string };
    const stream = await read('/api/v1/demo-stream', { authorization: `Bearer ${token}` });
    expect(await stream.until(': beat')).toBe(true);
    await instance.call('/api/v1/logout', { method: 'POST', token });
    expect(await stream.until('never')).toBe(false);
  });

  it('is limited in number per tenant, and given back', async () => {
    instance = await openEdgeInstance({
      config: { streamsPerTenant: 2 },
      routes: [streamed('logs.read', 'text/event-stream', forever)],
    });
    const [a, b] = [await instance.token('tenant-a'), await instance.token('tenant-b')];
    const open = (token: string) => read('/api/v1/demo-stream', { authorization: `Bearer ${token}` });
    const streams = [await open(a), await open(a)];
    expect((await open(a)).response.status).toBe(429);
    const other = await open(b);
    expect(other.response.status).toBe(200);
    for (const stream of streams) stream.stop.abort();
    await expect.poll(() => instance.meter.gauge('hanok_edge_streams', '').value).toBe(1);
    const again = await open(a);
    expect(again.response.status).toBe(200);
    for (const stream of [again, other]) stream.stop.abort();
  });

  it('names its tenant in the query for operators, whom EventSource lets send no header', async () => {
    instance = await openEdgeInstance({
      routes: [
        streamed('logs.read', 'application/x-ndjson', async function* ({ caller }) {
          yield caller.tenant;
        }),
      ],
    });
    const path = '/api/v1/demo-stream?tenant=tenant-a';
    const { token } = await instance.operatorIn('tenant-a');
    expect((await instance.call(path, { token })).text).toBe('tenant-a');
    expect((await instance.call(path, { token: await instance.token('tenant-b') })).code).toBe('edge.tenant-mismatch');
    expect((await instance.call(`${path}&tenant=tenant-b`, { token: await instance.token('operator') })).code).toBe(
      'edge.unknown-tenant',
    );
    expect(
      (await instance.call('/api/v1/keys?tenant=tenant-a', { token: await instance.token('operator') })).code,
    ).toBe('edge.tenant-needed');
  });

  it('does not keep the instance from closing', async () => {
    instance = await openEdgeInstance({ routes: [streamed('public', 'text/event-stream', forever)] });
    const stream = await read();
    expect(await stream.until('data: 1')).toBe(true);
    await instance.edge.close();
    expect(await stream.until('never')).toBe(false);
  });
});

describe('the ingest activity', () => {
  it('is pushed as it changes, to the tenant and not to others', async () => {
    instance = await openEdgeInstance({
      deps: { notices: () => [{ code: 'journal.filling', level: 'warn', message: 'behind' }] },
    });
    const [a, b] = [await instance.token('tenant-a'), await instance.token('tenant-b')];
    const stream = await read('/api/v1/ingest-activity/stream', { authorization: `Bearer ${a}` });
    const other = await read('/api/v1/ingest-activity/stream', { authorization: `Bearer ${b}` });
    expect(await stream.until('journal.filling')).toBe(true);
    instance.edge.ingestActivity.report({
      at: instance.clock.now(),
      tenant: instance.control.snapshot().tenant('tenant-a')!.id,
      signal: 'logs',
      protocol: 'otlp-http',
      outcome: 'accepted',
      code: null,
      message: null,
      fix: null,
      records: 4_711,
      bytes: 9,
      rejected: 0,
      remote: '192.0.2.1',
      userAgent: 'canary-agent',
      service: 'shop',
    });
    expect(await stream.until('canary-agent')).toBe(true);
    const view = await instance.call('/api/v1/ingest-activity', { token: a });
    expect(view.json).toMatchObject({ totals: { records: 4_711 }, recent: [{ requests: 1, service: 'shop' }] });
    expect(await other.until(/data: .*\n\ndata: /)).toBe(true);
    expect(other.text()).not.toContain('canary-agent');
    for (const one of [stream, other]) one.stop.abort();
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { TenantId } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutboundConfig } from './config.ts';
import { EXPIRED_CERTIFICATE, TEST_AUTHORITY, TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from './testkit/certificates.ts';
import { type OutboundInstance, openOutboundInstance } from './testkit/instance.ts';

/** Real servers on 127.0.0.1, which the setting allows; everything else is as in an instance. */
const A = 'tenant-a' as TenantId;
const B = 'tenant-b' as TenantId;

let servers: TcpServer[];
let folder: string;
let instances: OutboundInstance[];
beforeEach(() => {
  servers = [];
  instances = [];
  folder = mkdtempSync(join(tmpdir(), 'hanok-outbound-'));
});
afterEach(async () => {
  for (const { outbound } of instances) outbound.close();
  await Promise.all(
    servers.map((server) => {
      (server as Server).closeAllConnections?.();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
  rmSync(folder, { recursive: true, force: true });
});

const listen = async (server: TcpServer, host = '127.0.0.1'): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
};
const serve = (listener: RequestListener) => listen(createServer(listener));
const open = (options: Parameters<typeof openOutboundInstance>[0] = {}): OutboundInstance => {
  const instance = openOutboundInstance(options);
  instances.push(instance);
  return instance;
};
const allowing = (port: number, config: Partial<OutboundConfig> = {}) =>
  open({ config: { allow: `127.0.0.1:${port}`, ...config } });
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: { code: string; reason?: string }) => (error.reason ? `${error.code} ${error.reason}` : error.code),
  );
const http = { plainHttp: 'always' } as const;

describe('an answer', () => {
  it('comes with status, headers and body, whatever the status', async () => {
    const seen: IncomingMessage[] = [];
    const port = await serve((request, response) => {
      seen.push(request);
      request
        .setEncoding('utf8')
        .on('data', (body) => response.writeHead(404, { 'x-a': ['1', '2'] }).end(`got ${body}`));
    });
    const { outbound, outcomes } = allowing(port);
    const answer = await outbound.fetch(A, {
      ...http,
      url: `http://127.0.0.1:${port}/a?b=c#d`,
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: 'text',
    });
    expect(answer).toMatchObject({ status: 404, headers: { 'x-a': '1, 2' } });
    expect(answer.body.toString()).toBe('got text');
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/a?b=c' });
    expect(seen[0]!.headers).toMatchObject({ host: `127.0.0.1:${port}`, 'user-agent': 'hanok', connection: 'close' });
    expect(outcomes()).toEqual({ ok: 1 });
  });

  it('that redirects is refused, and nobody goes there', async () => {
    let visited = 0;
    const inner = await serve((_, response) => {
      visited++;
      response.end();
    });
    for (const status of [300, 301, 302, 303, 307, 308]) {
      const port = await serve((_, response) =>
        response.writeHead(status, { location: `http://127.0.0.1:${inner}/secret` }).end(),
      );
      const { outbound } = open({ config: { allow: '127.0.0.1:*' } });
      const error = await outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}/` }).catch((cause) => cause);
      expect(error).toMatchObject({ code: 'outbound.redirect' });
      expect(error.message).not.toContain('secret');
    }
    expect(visited).toBe(0);
  });

  it('is bounded on the wire, declared or not, and inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 ** 2));
    let sent = 0;
    const port = await serve((request, response) => {
      if (request.url === '/declared') response.writeHead(200, { 'content-length': 1_000_000 }).write('x');
      else if (request.url === '/endless') {
        response.on('error', () => {});
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
        };
        response.on('drain', more);
        more();
      } else if (request.url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
      else if (request.url === '/gzip')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('inflated'));
      else if (request.url === '/cut')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('inflated').subarray(0, 12));
      else if (request.url === '/twice')
        response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync('x')));
      else if (request.url === '/br') response.writeHead(200, { 'content-encoding': 'br' }).end('x');
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip');
    });
    const { outbound } = allowing(port, { maxBytes: 100_000 });
    const get = (path: string, maxBytes?: number) =>
      outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}${path}`, ...(maxBytes && { maxBytes }) });
    expect((await get('/gzip')).body.toString()).toBe('inflated');
    expect(await codeOf(get('/gzip', 4))).toBe('outbound.too-large');
    expect(await codeOf(get('/declared'))).toBe('outbound.too-large');
    expect(await codeOf(get('/endless'))).toBe('outbound.too-large');
    expect(sent).toBeLessThan(8 * 1024 ** 2);
    expect(await codeOf(get('/bomb'))).toBe('outbound.too-large');
    expect(await codeOf(get('/cut'))).toBe('outbound.encoding');
    expect(await codeOf(get('/twice'))).toBe('outbound.encoding');
    expect(await codeOf(get('/br'))).toBe('outbound.encoding');
    expect(await codeOf(get('/rubbish'))).toBe('outbound.encoding');
  });

  it('that is no HTTP, ends early or has too many headers is one outcome', async () => {
    const texts = [
      'SSH-2.0-OpenSSH_9\r\n',
      '',
      'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc',
      `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    ];
    for (const text of texts) {
      const port = await listen(
        createTcpServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(text))),
      );
      const { outbound } = allowing(port);
      expect(await codeOf(outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}/` })), text.slice(0, 30)).toBe(
        'outbound.broken-answer',
      );
    }
  });
});

describe('names', () => {
  it('are resolved once for a request, and the socket goes where the check was', async () => {
    const port = await serve((request, response) =>
      response.end(`${request.headers.host} ${request.socket.localAddress}`),
    );
    const { outbound, asked } = open({
      config: { allow: `idp.corp:${port}` },
      names: { 'idp.corp': [['127.0.0.1'], ['127.0.0.2']] },
    });
    const answer = await outbound.fetch(A, { ...http, url: `http://IDP.corp.:${port}/` });
    expect(answer.body.toString()).toBe(`idp.corp:${port} 127.0.0.1`);
    expect(asked).toEqual(['idp.corp']);
  });

  it('that turn to another inner address are refused there, however often they were good before', async () => {
    let visited = 0;
    const secret = await serve((_, response) => {
      visited++;
      response.end('secret');
    });
    const open2 = createServer((_, response) => response.end('open'));
    servers.push(open2);
    await new Promise<void>((resolve) => open2.listen(secret, '127.0.0.2', resolve));
    const { outbound, asked } = open({
      config: { allow: `127.0.0.2:${secret}`, ports: String(secret) },
      names: { 'rebind.example.com': [['127.0.0.2'], ['127.0.0.2'], ['127.0.0.1']] },
    });
    const url = `http://rebind.example.com:${secret}/`;
    outbound.check(A, url, 'always');
    expect(asked).toEqual([]);
    for (let i = 0; i < 2; i++) expect((await outbound.fetch(A, { ...http, url })).body.toString()).toBe('open');
    for (let i = 0; i < 2; i++) expect(await codeOf(outbound.fetch(A, { ...http, url }))).toBe('outbound.address');
    expect(asked).toHaveLength(4);
    expect(visited).toBe(0);
  });

  it('never reach a server of this machine through any mixture of answers', async () => {
    let visited = 0;
    const port = await serve((_, response) => {
      visited++;
      response.end();
    });
    const lists = [
      ['127.0.0.1'],
      ['::1'],
      ['::ffff:127.0.0.1'],
      ['0.0.0.0'],
      ['::'],
      ['192.0.2.1', '127.0.0.1'],
      ['127.0.0.1', '192.0.2.1'],
      ['localhost'],
      ['127.1'],
      Array.from({ length: 200 }, () => '127.0.0.1'),
    ];
    for (const list of lists) {
      const { outbound } = open({ config: { ports: String(port) }, names: { 'a.example.com': [list] } });
      for (const url of [`http://a.example.com:${port}`, `https://a.example.com:${port}`])
        expect(await codeOf(outbound.fetch(A, { ...http, url })), list.join(' ')).toBe('outbound.address');
    }
    const { outbound } = open({ config: { ports: String(port) } });
    for (const host of [
      '127.0.0.1',
      '0x7f.1',
      '017700000001',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0',
      '127。1',
    ])
      expect(await codeOf(outbound.fetch(A, { ...http, url: `http://${host}:${port}` }))).toBe('outbound.address');
    expect(visited).toBe(0);
  });

  it('get one answer whether they do not exist, have no address or an inner one', async () => {
    const { outbound } = open({
      resolve: async (host) => {
        if (host === 'missing.example.com') throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
        return host === 'empty.example.com' ? [] : host === 'inner.example.com' ? ['10.0.0.7'] : ['127.0.0.1'];
      },
    });
    const answers = await Promise.all(
      ['missing', 'empty', 'inner', 'loop'].map((name) =>
        outbound.fetch(A, { url: `https://${name}.example.com/` }).catch((error) => ({
          ...error,
          message: error.message.replace(name, 'X'),
          values: { host: error.values.host.replace(name, 'X') },
        })),
      ),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ code: 'outbound.address', values: { host: 'X.example.com' } });
    expect(JSON.stringify(answers)).not.toMatch(/10\.0\.0\.7|127\.0\.0\.1|ENOTFOUND/);
  });

  it('that mean something inside only are not even asked for', async () => {
    const { outbound, asked } = open();
    for (const host of ['localhost', 'db.internal', 'printer.local', 'kubernetes'])
      expect(await codeOf(outbound.fetch(A, { url: `https://${host}/` }))).toBe('outbound.address');
    expect(asked).toEqual([]);
  });

  it('try the next address when one does not answer', async () => {
    const port = await serve((_, response) => response.end('second'));
    const { outbound } = open({
      config: { allow: `idp.corp:${port}` },
      names: { 'idp.corp': [['127.0.0.9', '127.0.0.1']] },
    });
    expect((await outbound.fetch(A, { ...http, url: `http://idp.corp:${port}/` })).body.toString()).toBe('second');
  });
});

describe('TLS', () => {
  const serveTls = (cert: string) =>
    listen(createTlsServer({ cert, key: TEST_CERTIFICATE_KEY }, (_, response) => response.end('safe')));
  const openTls = (port: number, trusted: boolean) => {
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, TEST_AUTHORITY);
    return open({
      config: {
        allow: `127.0.0.1:${port},idp.example.com:${port},other.example.com:${port}`,
        ...(trusted && { caFile }),
      },
      names: { 'idp.example.com': [['127.0.0.1']], 'other.example.com': [['127.0.0.1']] },
    }).outbound;
  };

  it('is verified: authority, name or address, dates', async () => {
    const port = await serveTls(TEST_CERTIFICATE);
    const expired = await serveTls(EXPIRED_CERTIFICATE);
    const get = (outbound: ReturnType<typeof openTls>, url: string) => codeOf(outbound.fetch(A, { url }));
    const trusting = openTls(port, true);
    expect((await trusting.fetch(A, { url: `https://idp.example.com:${port}/` })).body.toString()).toBe('safe');
    expect(await get(trusting, `https://127.0.0.1:${port}/`)).toBe('ok');
    expect(await get(trusting, `https://other.example.com:${port}/`)).toBe('outbound.tls name');
    expect(await get(openTls(port, false), `https://idp.example.com:${port}/`)).toBe('outbound.tls untrusted');
    expect(await get(openTls(expired, true), `https://idp.example.com:${expired}/`)).toBe('outbound.tls expired');
  });

  it('is not spoken to what does not', async () => {
    const port = await serve((_, response) => response.end());
    expect(await codeOf(openTls(port, true).fetch(A, { url: `https://idp.example.com:${port}/` }))).toBe(
      'outbound.tls protocol',
    );
  });

  it('needs a file of authorities that has some', () => {
    const caFile = join(folder, 'none.pem');
    expect(() => open({ config: { caFile } })).toThrow(expect.objectContaining({ code: 'outbound.setting' }));
    writeFileSync(caFile, 'text');
    expect(() => open({ config: { caFile } })).toThrow(expect.objectContaining({ code: 'outbound.setting' }));
  });
});

describe('limits of time', () => {
  it('hold for name, connection and TLS', async () => {
    const silent = await listen(createTcpServer((socket) => socket.on('error', () => {}).resume()));
    const { outbound } = open({
      config: { allow: `127.0.0.1:${silent}`, connectTimeout: 50 },
      resolve: () => new Promise(() => {}),
    });
    expect(await codeOf(outbound.fetch(A, { url: 'https://slow.example.com/' }))).toBe('outbound.timeout connect');
    expect(await codeOf(outbound.fetch(A, { url: `https://127.0.0.1:${silent}/` }))).toBe('outbound.timeout connect');
  });

  it('hold for the headers, and for the whole', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/') return;
      response.write('a');
      const drip = setInterval(() => response.write('a'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const { outbound } = allowing(port, { headersTimeout: 60, timeout: 200 });
    const get = (path: string, timeoutMs?: number) =>
      codeOf(outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}${path}`, ...(timeoutMs && { timeoutMs }) }));
    expect(await get('/')).toBe('outbound.timeout headers');
    expect(await get('/drip')).toBe('outbound.timeout whole');
    expect(await get('/drip', 30)).toBe('outbound.timeout whole');
  });

  it('end with the caller and with the instance', async () => {
    const port = await serve(() => {});
    const { outbound } = allowing(port);
    const stop = new AbortController();
    const asked = codeOf(outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}/`, signal: stop.signal }));
    await pause(20);
    stop.abort();
    expect(await asked).toBe('outbound.cancelled');
    const last = codeOf(outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}/` }));
    await pause(20);
    outbound.close();
    expect(await last).toBe('outbound.closing');
    expect(await codeOf(outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}/` }))).toBe('outbound.closing');
  });

  it('tells an unreachable server from a slow one', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    servers.pop();
    await new Promise((resolve) => server.close(resolve));
    expect(await codeOf(allowing(port).outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}/` }))).toBe(
      'outbound.unreachable',
    );
  });
});

describe('many at once', () => {
  it('are bounded by tenant; those that wait keep their order, and another tenant is not in it', async () => {
    const held: Array<() => void> = [];
    const order: string[] = [];
    const port = await serve((request, response) => {
      order.push(request.url!);
      held.push(() => response.end());
    });
    const { outbound } = allowing(port, { perTenant: 2 });
    const get = (tenant: TenantId, path: string) =>
      codeOf(outbound.fetch(tenant, { ...http, url: `http://127.0.0.1:${port}/${path}` }));
    const answers = Array.from({ length: 11 }, (_, i) => get(A, String(i)));
    await pause(50);
    // Two under way, eight wait, the eleventh is one too many.
    expect(order.toSorted()).toEqual(['/0', '/1']);
    expect(await answers[10]).toBe('outbound.busy');
    const other = get(B, 'b');
    await pause(50);
    expect(order).toContain('/b');
    while (order.length < 11 || held.length > 0) {
      held.shift()?.();
      await pause(5);
    }
    expect(await Promise.all([...answers.slice(0, 10), other])).toEqual(Array(11).fill('ok'));
    expect(order.filter((path) => /[2-9]/.test(path))).toEqual(['/2', '/3', '/4', '/5', '/6', '/7', '/8', '/9']);
  });

  it('are bounded for the instance', async () => {
    const port = await serve(() => {});
    const { outbound } = allowing(port, { atOnce: 1 });
    const url = `http://127.0.0.1:${port}/`;
    const first = codeOf(outbound.fetch(A, { ...http, url, timeoutMs: 100 }));
    expect(await codeOf(outbound.fetch(B, { ...http, url }))).toBe('outbound.busy');
    expect(await first).toBe('outbound.timeout whole');
    expect(await codeOf(outbound.fetch(B, { ...http, url, timeoutMs: 20 }))).toBe('outbound.timeout whole');
  });
});

describe('what is sent', () => {
  it('is not changed by proxies of the environment', async () => {
    let proxied = 0;
    const proxy = await serve((_, response) => {
      proxied++;
      response.end('proxy');
    });
    const port = await serve((_, response) => response.end('direct'));
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'all_proxy'];
    for (const name of names) process.env[name] = `http://127.0.0.1:${proxy}`;
    process.env['NODE_USE_ENV_PROXY'] = '1';
    try {
      const answer = await allowing(port).outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}/` });
      expect(answer.body.toString()).toBe('direct');
    } finally {
      for (const name of [...names, 'NODE_USE_ENV_PROXY']) delete process.env[name];
    }
    expect(proxied).toBe(0);
  });

  it('has no header that belongs to the connection or splits the request', async () => {
    const port = await serve((_, response) => response.end());
    const { outbound } = allowing(port);
    const bad: ReadonlyArray<Record<string, string>> = [
      { host: 'inner' },
      { Host: 'inner' },
      { connection: 'x' },
      { 'content-length': '0' },
      { 'Transfer-Encoding': 'chunked' },
      { upgrade: 'h2c' },
      { 'proxy-authorization': 'x' },
      { 'x-forwarded-for': '127.0.0.1' },
      { 'x-a': 'b\r\nhost: inner' },
      { 'x-a': 'b\0' },
      { 'x a': 'b' },
      { '': 'b' },
      { 'x-a': '1', 'X-A': '2' },
    ];
    for (const headers of bad)
      expect(
        await codeOf(outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}/`, headers })),
        JSON.stringify(headers),
      ).toBe('outbound.header');
  });

  it('goes over a connection that nobody else gets', async () => {
    const sockets = new Set<Socket>();
    const port = await serve((request, response) => {
      sockets.add(request.socket);
      response.end();
    });
    const { outbound } = allowing(port);
    for (let i = 0; i < 3; i++) await outbound.fetch(A, { ...http, url: `http://127.0.0.1:${port}/` });
    expect(sockets.size).toBe(3);
    await pause(20);
    expect([...sockets].every((socket) => socket.destroyed)).toBe(true);
  });

  it('is counted by what came of it, and by nothing of the tenant', async () => {
    const { outbound, outcomes } = open();
    await codeOf(outbound.fetch(A, { url: 'ftp://x' }));
    await codeOf(outbound.fetch({ tenant: A, actor: { kind: 'system', id: 'x' } }, { url: 'https://localhost' }));
    expect(outcomes()).toEqual({ 'outbound.scheme': 1, 'outbound.address': 1 });
  });
});

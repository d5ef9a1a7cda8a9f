/** Connections of the user interface and API, on the real server. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Meter, silentLog, standaloneConnections, systemClock } from '#base';
import { type EdgeInstance, openEdgeInstance } from '../testkit/instance.ts';

let instance: EdgeInstance;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await instance.close();
});

async function dial(from: string, text: string): Promise<Socket> {
  const socket = connect({ port: instance.edge.port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** The whole answer to a request written by hand. */
async function ask(head: string): Promise<string> {
  const socket = await dial('127.0.0.1', `${head}\r\nconnection: close\r\n\r\n`);
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  await once(socket, 'close');
  return text;
}

describe('the port of the user interface', () => {
  it('serves people while thousands of requests never end', async () => {
    const meter = new Meter();
    const connections = standaloneConnections({ clock: systemClock, meter, log: silentLog }, 200, { perSource: 50 });
    instance = await openEdgeInstance({ deps: { connections } });
    const token = await instance.token('operator');
    for (let i = 0; i < 3_000; i += 100)
      await Promise.all(
        Array.from({ length: 100 }, (_, j) => dial(`127.0.1.${1 + ((i + j) % 20)}`, 'GET / HTTP/1.1\r\nhost: x\r\n')),
      );
    for (let i = 0; i < 5; i++) expect((await instance.call('/api/v1/me', { token })).status).toBe(200);
    await expect
      .poll(() => sockets.filter((socket) => !socket.closed).length, { timeout: 10_000 })
      .toBeLessThanOrEqual(200);
    const evicted = meter.samples().find(({ labels }) => labels['reason'] === 'evicted');
    expect(evicted?.value).toBeGreaterThan(2_000);
  });

  it('ends requests whose headers do not come, and idle connections', async () => {
    instance = await openEdgeInstance({ config: { headersTimeoutMs: 100, idleTimeoutMs: 100 } });
    const half = await dial('127.0.0.1', 'GET / HTTP/1.1\r\nhost: localhost\r\n');
    const silent = await dial('127.0.0.1', '');
    const idle = await dial('127.0.0.1', 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await Promise.all([half, silent, idle].map((socket) => once(socket, 'close')));
  });

  it.each([
    [
      'authorization',
      'GET /api/v1/me HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer a\r\nauthorization: Bearer a',
    ],
    ['host', 'GET /api/v1/me HTTP/1.1\r\nhost: localhost\r\nHost: localhost'],
    ['x-hanok-tenant', 'GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-hanok-tenant: a\r\nX-Hanok-Tenant: b'],
  ])('refuses two %s headers', async (name, head) => {
    instance = await openEdgeInstance();
    const answer = await ask(head);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('edge.repeated-header');
    expect(answer).toContain(name);
  });
});

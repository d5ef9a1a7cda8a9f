/** The real program with few file handles, while strangers open all the connections they can. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, type Instance, openInstance } from './instance.ts';

const HANDLES = 256;
const STRANGERS_PER_PORT = 1_000;
const sockets: Socket[] = [];
let instance: Instance;

beforeAll(async () => {
  instance = await openInstance({
    env: { HANOK_LOG_LEVEL: 'info' },
    under: ['bash', '-c', `ulimit -n ${HANDLES}; exec "$@"`, 'bash'],
  });
}, 120_000);
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await instance?.dispose();
});

const log = (text: string) => ({
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'few-handles' } }] },
      scopeLogs: [{ logRecords: [{ severityText: 'info', body: { stringValue: text } }] }],
    },
  ],
});

async function send(text: string): Promise<number> {
  const answer = await fetch(`${instance.otlpHttp}/v1/logs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${instance.tenant('tenant-a').ingestKey}`,
      // Every record by a connection of its own: a newcomer must find a place, too.
      connection: 'close',
    },
    body: JSON.stringify(log(text)),
  });
  await answer.text();
  return answer.status;
}

it('goes on taking in and answering, says how many connections it takes, and no engine is started in vain', async () => {
  expect(instance.output()).toMatch(/"handles":256,"kept":\d+,.*file handles are few/);
  const ports = [new URL(instance.url).port, new URL(instance.otlpHttp).port, instance.otlpGrpc.split(':')[1]];
  for (const port of ports)
    for (let i = 0; i < STRANGERS_PER_PORT; i++) {
      const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: `127.0.1.${1 + (i % 20)}` });
      socket.on('error', () => {}).resume();
      socket.write('POST / HTTP/1.1\r\nhost: x\r\n');
      sockets.push(socket);
    }
  for (let i = 0; i < 20; i++) {
    expect(await send(`record ${i}`)).toBe(200);
    await pause(50);
  }
  // The engine goes while handles are contested, and comes back by itself.
  const [engine] = instance.enginePids();
  process.kill(engine!, 'SIGKILL');
  const token = await instance.login(instance.tenant('tenant-a').admin);
  await eventually('all records', async () => {
    const found = await instance.api<{ rows: unknown[] }>(token, 'POST', '/api/v1/logs/search', {
      from: 'now-1h',
      to: 'now+5m',
      query: 'service.name:"few-handles"',
      limit: 100,
    });
    return found.rows.length === 20 && found;
  });
  expect(instance.output()).not.toMatch(/EMFILE/);
}, 120_000);

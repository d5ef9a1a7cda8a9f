import { connect } from 'node:http2';
import { connect as dial } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestInstance, type TestInstance } from '../test-instance.ts';
import { type Flooding, startFlood } from '../testkit/flooding.ts';
import { callHeaders, FLOODS } from '../testkit/floods.ts';

/** Any address of 127.0.0.0/8 is this machine: attacker and sender come from different ones. */
const ATTACKER = '127.0.0.2';
const SENDER = '127.0.0.3';
/** The goal is 100 ms a second (`npm run bench -- floods`); here a machine at work must not fail the test. */
const MOST_CPU_SHARE = 0.6;

let instance: TestInstance;
let flooding: Flooding | undefined;

beforeEach(async () => {
  instance = await openTestInstance({ inlineBytes: 16 * 1024 });
});
afterEach(async () => {
  await flooding?.stop();
  flooding = undefined;
  await instance.close();
});

/** grpc-status of one call from another source, on a connection of its own. */
async function goodCall(from: string): Promise<string> {
  const port = instance.receivers.grpcPort;
  const session = connect(`http://127.0.0.1:${port}`, {
    createConnection: () => dial({ port, host: '127.0.0.1', localAddress: from }),
  });
  session.on('error', () => {});
  try {
    return await new Promise((resolve) => {
      let status = 'none';
      const stream = session.request(callHeaders('key-b'));
      stream.on('response', (headers) => (status = String(headers['grpc-status'] ?? status)));
      stream.on('trailers', (headers) => (status = String(headers['grpc-status'] ?? status)));
      stream.on('error', () => {});
      stream.on('close', () => resolve(status));
      stream.resume();
      stream.end(Buffer.from([0, 0, 0, 0, 1, 97]));
    });
  } finally {
    session.destroy();
  }
}

function refused(reason: string): number {
  const found = instance.meter
    .samples()
    .find(({ name, labels }) => name === 'hanok_connections_refused_total' && labels['reason'] === reason);
  return found?.value ?? 0;
}

describe.each([
  ['without a key', undefined],
  ['with a good key', 'key-a'],
])('a flood %s', (_name, key) => {
  it.each(FLOODS.map(({ name }) => name))('of %s ends in its source being refused, others are served', async (name) => {
    flooding = await startFlood({
      flood: name,
      port: instance.receivers.grpcPort,
      key,
      from: ATTACKER,
      connections: 2,
    });
    const cpuBefore = process.threadCpuUsage();
    const since = performance.now();
    do {
      expect(await goodCall(SENDER)).toBe('0');
    } while (performance.now() - since < 300);
    await expect.poll(() => refused('flood'), { timeout: 20_000 }).toBeGreaterThan(0);
    const cpu = process.threadCpuUsage(cpuBefore);
    const spent = (cpu.user + cpu.system) / 1_000;
    expect(spent).toBeLessThan(200 + MOST_CPU_SHARE * (performance.now() - since));
    expect(await goodCall(SENDER)).toBe('0');
    const shown = instance.events.filter(({ code }) => code === 'receivers.flood');
    expect(shown.length).toBeGreaterThan(0);
    for (const one of shown) expect(one).toMatchObject({ outcome: 'refused', remote: ATTACKER, protocol: 'otlp-grpc' });
    expect(instance.events.some(({ code }) => code === 'receivers.connections')).toBe(true);
  });
});

describe('a flood behind an address that stands for many', () => {
  it.each(['rapid reset', 'PING', 'DATA of one byte'])('(%s) slows newcomers and locks nobody out', async (name) => {
    flooding = await startFlood({
      flood: name,
      port: instance.receivers.grpcPort,
      key: undefined,
      from: '127.0.0.1',
      connections: 2,
    });
    await expect.poll(() => refused('slowed'), { timeout: 20_000 }).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) expect(await goodCall('127.0.0.1')).toBe('0');
    expect(refused('flood')).toBe(0);
  });
});

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { Meter } from '../metrics.ts';
import { ConnectionGuard, type ConnectionRefusals, type GuardedConnection, type GuardOptions } from './guard.ts';

const STRANGER = '127.0.0.2';
const SENDER = '127.0.0.3';

let server: Server;
let guard: ConnectionGuard;
let told: ConnectionRefusals[];
let meter: Meter;
/** Client's ends, by their local port. */
const sockets = new Set<Socket>();

async function listen(options: Partial<GuardOptions> = {}): Promise<void> {
  told = [];
  meter = new Meter();
  guard = new ConnectionGuard(
    {
      port: 'test',
      most: 10,
      perSource: 8,
      sharedSources: '127.0.0.1',
      floodWorkMs: 50,
      floodRefusalMs: 300,
      ...options,
    },
    { clock: systemClock, meter, onRefused: (refusals) => told.push(refusals) },
  );
  server = createServer((socket) => void socket.on('error', () => {}).resume());
  guard.watch(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server.close();
});

/** Both ends; the server's is undefined when it was refused. */
async function open(from = SENDER): Promise<{ client: Socket; kept: GuardedConnection | undefined }> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', localAddress: from });
  client.on('error', () => {}).resume();
  sockets.add(client);
  const [socket] = await accepted;
  return { client, kept: guard.of(socket) };
}

async function openMany(count: number, from: string): Promise<GuardedConnection[]> {
  const kept: GuardedConnection[] = [];
  for (let i = 0; i < count; i++) {
    const one = (await open(from)).kept;
    if (one) kept.push(one);
  }
  return kept;
}

const refused = (reason: string) =>
  meter.samples().find(({ name, labels }) => name.endsWith('refused_total') && labels['reason'] === reason)?.value ?? 0;
const isOpen = (one: GuardedConnection | undefined) => one !== undefined && !one.socket.destroyed;

describe('a full port', () => {
  it('ends the oldest connection on which nothing was authenticated', async () => {
    await listen({ perSource: 100 });
    const strangers = await openMany(10, STRANGER);
    const sender = await open();
    expect(isOpen(sender.kept)).toBe(true);
    expect(strangers.map(isOpen)).toEqual([false, ...Array(9).fill(true)]);
    expect(guard.open).toBe(10);
    expect(refused('evicted')).toBe(1);
    expect(told).toEqual([{ reason: 'evicted', count: 1, remote: STRANGER }]);
  });

  it('keeps proven connections however many strangers come', async () => {
    await listen({ perSource: 100 });
    const senders = await openMany(5, SENDER);
    for (const one of senders) one.prove();
    await openMany(100, STRANGER);
    expect(senders.every(isOpen)).toBe(true);
    expect(guard.open).toBe(10);
  });

  it('takes the place of the one that idles longest when all are proven, and none of one at work', async () => {
    await listen({ perSource: 100, most: 3 });
    const [busy, idle, later] = await openMany(3, SENDER);
    for (const one of [busy, idle, later]) {
      one!.prove();
      one!.begin();
    }
    idle!.finish();
    later!.finish();
    expect(isOpen((await open()).kept)).toBe(true);
    expect([busy, idle, later].map(isOpen)).toEqual([true, false, true]);
  });

  it('refuses when all are at work', async () => {
    await listen({ perSource: 100, most: 2 });
    for (const one of await openMany(2, SENDER)) {
      one.begin();
      one.prove();
    }
    const { client, kept } = await open();
    await once(client, 'close');
    expect(kept).toBeUndefined();
    expect(refused('port-full')).toBe(1);
  });
});

describe('one source', () => {
  it('has no more than its share, and none of the others’', async () => {
    await listen({ perSource: 3 });
    const own = await openMany(3, STRANGER);
    for (const one of own) one.prove();
    const { client, kept } = await open(STRANGER);
    await once(client, 'close');
    expect(kept).toBeUndefined();
    expect(refused('source-full')).toBe(1);
    expect(isOpen((await open(SENDER)).kept)).toBe(true);
  });

  it('gives its own unproven connections for its newcomers', async () => {
    await listen({ perSource: 2 });
    const [first, second] = await openMany(2, STRANGER);
    first!.prove();
    expect(isOpen((await open(STRANGER)).kept)).toBe(true);
    expect([first, second].map(isOpen)).toEqual([true, false]);
  });

  it('that stands for many may fill the port', async () => {
    await listen({ perSource: 2 });
    expect(await openMany(10, '127.0.0.1')).toHaveLength(10);
    expect(refused('source-full')).toBe(0);
  });

  it('is counted as gone when its connections are', async () => {
    await listen({ perSource: 1 });
    for (let i = 0; i < 5; i++) {
      const { client, kept } = await open();
      kept!.prove();
      client.destroy();
      await expect.poll(() => guard.open).toBe(0);
    }
  });
});

describe('a source that floods', () => {
  it('is told to end, and refused for a while', async () => {
    await listen();
    const { kept } = await open(STRANGER);
    expect(kept!.spend(40_000)).toBe(true);
    expect(kept!.spend(40_000)).toBe(false);
    const again = await open(STRANGER);
    expect(again.kept).toBeUndefined();
    expect(refused('flood')).toBe(1);
    expect(isOpen((await open(SENDER)).kept)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect((await open(STRANGER)).kept).toBeDefined();
  });

  it('spends from one account on all its connections, and gets back what was worth it', async () => {
    await listen();
    const [one, two] = await openMany(2, STRANGER);
    for (let i = 0; i < 20; i++) {
      expect(one!.spend(30_000)).toBe(true);
      two!.spend(-30_000);
    }
    one!.spend(30_000);
    expect(two!.spend(30_000)).toBe(false);
  });

  it('slows newcomers when it stands for many, and ends only those that spend', async () => {
    await listen();
    const [spender, quiet] = await openMany(2, '127.0.0.1');
    expect(spender!.spend(60_000)).toBe(false);
    expect(quiet!.spend(1_000)).toBe(true);
    const { kept } = await open('127.0.0.1');
    expect(kept!.slowedMs).toBeGreaterThan(0);
    expect(refused('flood')).toBe(0);
    expect(refused('slowed')).toBe(1);
  });

  it('lets a slowed newcomer have its tenth while others have spent all there is', async () => {
    await listen();
    const spenders = await openMany(3, '127.0.0.1');
    for (const one of spenders) one.spend(60_000);
    const { kept } = await open('127.0.0.1');
    expect([kept!.spend(1_000), kept!.spend(1_000)]).toEqual([true, true]);
    expect(kept!.spend(60_000)).toBe(false);
  });
});

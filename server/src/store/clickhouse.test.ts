import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Meter, silentLog } from '#base';
import { ClickHouse, StoreException, StoreUnreachable } from './clickhouse.ts';
import { storeError } from './exceptions.ts';
import { select } from './plan/select.ts';
import { name } from './plan/sql.ts';
import { runSelect } from './select.ts';
import { callerOf, TENANT_A, until } from './testkit/instance.ts';

/** Something that stands at an engine's socket and is none. */
let dir: string;
let server: Server;
let client: ClickHouse;
let answer: (socket: Socket, queryId: string) => void;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hanok-socket-'));
  const socketPath = join(dir, 'engine.sock');
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => answer(socket, /query_id=([^& ]+)/.exec(bytes.toString('latin1'))?.[1] ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  client = new ClickHouse({ socketPath });
});
afterEach(() => {
  client.close();
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

const PLAN = select({ columns: { text: name('body') }, from: 'logs' });
const ASKING = { queryId: 'a-question', log: silentLog, foreignRows: new Meter().counter('foreign', '') };
const LIMITS = { timeMs: 5_000, memoryBytes: 1e9, rowsToRead: 1e9, resultBytes: 1e9, overrun: 'error' } as const;
const head = (id: string, more: string) => `HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: ${id}\r\n${more}\r\n`;
const row = '{"row":[1,"tenant-a"]}\n';
const NOT_ANSWERS: Record<string, (socket: Socket, id: string) => void> = {
  'bytes that are no HTTP': (socket) => socket.end(Buffer.alloc(500, 0xfe)),
  'nothing at all': (socket) => socket.destroy(),
  'half a head': (socket) => socket.end('HTTP/1.1 200 OK\r\nX-Click'),
  'less than it promised': (socket, id) => socket.end(`${head(id, 'Content-Length: 1000\r\n')}${row}`),
  'a body without an end': (socket, id) => socket.end(`${head(id, 'Connection: close\r\n')}${row}`),
  'an answer to another statement': (socket) => socket.end(`${head('another', 'Content-Length: 12\r\n')}${row}`),
  'success of nobody in particular': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  'an error page': (socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad'),
  'a broken chunk': (socket, id) => socket.end(`${head(id, 'Transfer-Encoding: chunked\r\n')}c\r\n${row}\r\nzz\r\n`),
};

describe.each(Object.entries(NOT_ANSWERS))('%s', (_, how) => {
  it('is taken neither for an answer nor for a stored insert', async () => {
    answer = how;
    await expect(client.rows({ sql: 'SELECT 1' })).rejects.toBeInstanceOf(StoreUnreachable);
    const insert = client.execute({ sql: 'INSERT INTO t FORMAT Native', body: [Buffer.alloc(10)] });
    await expect(insert).rejects.toBeInstanceOf(StoreUnreachable);
    await expect(client.ping(AbortSignal.timeout(5_000))).rejects.toBeInstanceOf(StoreUnreachable);
  });

  it('is said to a reader as 503, to be asked again, whether it streams or not', async () => {
    answer = how;
    for (const stream of [true, false]) {
      const target = { client, database: 'd', server: false, shared: true };
      const asked = runSelect(target, callerOf(TENANT_A), PLAN, LIMITS, { stream }, ASKING);
      const read = asked.then((selection) => selection.rows());
      await expect(read).rejects.toMatchObject({ code: 'store.unavailable', status: 503, retryAfter: 2 });
    }
  });
});

it.each([0, 60])(
  'gives up an answer that trickles from byte %i on, and waits for one that has not begun',
  async (at) => {
    const drips = new Set<NodeJS.Timeout>();
    answer = (socket, id) => {
      const bytes = Buffer.from(`${head(id, 'Content-Length: 4000\r\n')}${row.repeat(333)}`);
      socket.write(bytes.subarray(0, at));
      drips.add(setInterval(() => !socket.destroyed && socket.write(bytes.subarray(at, ++at)), 50));
    };
    const began = performance.now();
    await expect(client.rows({ sql: 'SELECT 1' })).rejects.toBeInstanceOf(StoreUnreachable);
    expect(performance.now() - began).toBeLessThan(10_000);
    answer = (socket, id) => setTimeout(() => socket.end(`${head(id, 'Content-Length: 12\r\n')}[1]       \n\n`), 2_500);
    expect(await client.rows({ sql: 'SELECT 1' })).toEqual([[1]]);
    for (const drip of drips) clearInterval(drip);
  },
);

it.each(['{"row":[1', 'Code: 241. DB::Exception: in the middle', 'null', '7'])(
  'does not take the line %j for a row',
  async (line) => {
    answer = (socket, id) => socket.end(`${head(id, `Content-Length: ${12 + line.length}\r\n`)}${row}${line}`);
    await expect(client.rows({ sql: 'SELECT 1' })).rejects.toBeInstanceOf(StoreUnreachable);
  },
);

it('believes an answer that names the statement and its own end', async () => {
  answer = (socket, id) => socket.end(`${head(id, 'Content-Length: 4\r\n')}[1]\n`);
  expect(await client.rows({ sql: 'SELECT 1' })).toEqual([[1]]);
});

it('cuts statements that wait for an answer when it drops its connections', async () => {
  answer = (socket, id) => socket.write(head(id, 'Transfer-Encoding: chunked\r\n'));
  const waiting = client.rows({ sql: 'SELECT 1' });
  waiting.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  client.drop();
  await expect(waiting).rejects.toBeInstanceOf(StoreUnreachable);
});

describe('a statement that an engine which answers pings does not know', () => {
  const never = () => undefined;
  const pong = (...known: string[]) => {
    const body = `Ok.\n${JSON.stringify(known)}\n`;
    answer = (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  };
  const ping = () => client.ping(AbortSignal.timeout(5_000));
  const ask = (queryId: string) => {
    const state = { over: undefined as unknown };
    void client.rows({ sql: 'SELECT 1', queryId }).catch((error: unknown) => (state.over = error));
    return state;
  };

  it('is given up, and one it knows is not', async () => {
    answer = never;
    const [known, lost] = [ask('known'), ask('lost')];
    await new Promise((resolve) => setTimeout(resolve, 300));
    pong('known', 'another');
    await ping();
    await until('it is given up', () => lost.over !== undefined);
    expect(lost.over).toBeInstanceOf(StoreUnreachable);
    expect(known.over).toBeUndefined();
    pong();
    await ping();
    await until('it is given up', () => known.over !== undefined);
  });

  it('may still be on its way when it was sent just before', async () => {
    answer = never;
    const sent = ask('just sent');
    await new Promise((resolve) => setTimeout(resolve, 20));
    pong();
    await ping();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent.over).toBeUndefined();
  });

  it('is not known to a server, which lists none', async () => {
    answer = never;
    const sent = ask('sent');
    await new Promise((resolve) => setTimeout(resolve, 300));
    answer = (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nOk.\n');
    await ping();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent.over).toBeUndefined();
  });
});

it('tells a ping’s exception from no answer', async () => {
  answer = (socket) =>
    socket.end('HTTP/1.1 500 Oops\r\nX-ClickHouse-Exception-Code: 241\r\nContent-Length: 4\r\n\r\noops');
  await expect(client.ping(AbortSignal.timeout(5_000))).rejects.toBeInstanceOf(StoreException);
});

describe('what a failure means to those who asked', () => {
  it.each([
    [new StoreUnreachable('gone'), 'store.unavailable', 503],
    [new StoreException(1001, 'std::bad_alloc'), 'store.unavailable', 503],
    [new StoreException(243, 'no space left'), 'store.unavailable', 503],
    [new StoreException(241, 'Query memory limit exceeded: would use 96 MiB'), 'store.memory', 422],
    [new StoreException(241, '(total) memory limit exceeded: would use 3 GiB'), 'store.busy', 503],
    [new StoreException(62, 'Syntax error'), 'store.refused', 500],
  ])('%s', (error, code, status) => {
    const said = storeError(error);
    expect(said).toMatchObject({ code, status });
    if (status === 503) expect(said.retryAfter).toBeGreaterThan(0);
  });
});

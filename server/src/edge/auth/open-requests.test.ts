import { connect } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import { endpoint } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { routeOf } from '#base';
import type { AccessChange } from '#control';
import { type EdgeInstance, openEdgeInstance } from '../testkit/instance.ts';
import { concerns } from './open-requests.ts';

const WITHIN_MS = 1_000;
let reading = 0;
let pulled = 0;

const routes = [
  routeOf(
    'GET /api/v1/demo-busy',
    endpoint({
      permission: 'logs.read',
      summary: 'Data flows without a pause that a heartbeat could use',
      input: z.object({}),
      output: 'stream',
    }),
    async ({ signal }) => ({
      contentType: 'text/event-stream',
      chunks: (async function* () {
        for (let n = 0; !signal.aborted; n++) {
          yield `data: ${n}\n\n`;
          await pause(5, undefined, { signal }).catch(() => undefined);
        }
      })(),
    }),
  ),
  routeOf(
    'GET /api/v1/demo-flood',
    endpoint({
      permission: 'logs.read',
      summary: 'More than a client takes',
      input: z.object({}),
      output: 'stream',
    }),
    async ({ signal }) => ({
      contentType: 'text/event-stream',
      chunks: (async function* () {
        for (; !signal.aborted; pulled++) yield `data: ${'x'.repeat(65_536)}\n\n`;
      })(),
    }),
  ),
  routeOf(
    'POST /api/v1/demo-long-read',
    endpoint({
      permission: 'logs.read',
      summary: 'A long question',
      input: z.object({}),
      output: z.object({}),
    }),
    ({ signal }) => {
      reading++;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  ),
];

let instance: EdgeInstance;
let admin: string;
let member: { readonly id: string; readonly token: string };
beforeEach(async () => {
  instance = await openEdgeInstance({ routes });
  admin = await instance.token('tenant-b');
  const made = await instance.call('/api/v1/users', {
    method: 'POST',
    token: admin,
    body: { email: 'member@b.example', role: 'editor', password: 'correct horse battery' },
  });
  const from = { remote: '192.0.2.7' };
  const { token } = await instance.control.login.login('member@b.example', 'correct horse battery', from);
  member = { id: (made.json as { user: { id: string } }).user.id, token };
});
afterEach(() => instance?.close());

/** Opens a stream in which data flows; `ended` is its last text and how long after `at` it ended. */
async function busy(token: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${instance.url}/api/v1/demo-busy`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const reader = response.body!.getReader();
  let text = '';
  const over = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return performance.now();
      text += Buffer.from(value).toString();
    }
  })();
  await expect.poll(() => text).toContain('data: 5\n');
  return {
    async endedAfter(at: number): Promise<{ ms: number; last: string }> {
      const ms = (await Promise.race([over, pause(5_000, Number.POSITIVE_INFINITY)])) - at;
      return { ms, last: text.slice(text.lastIndexOf('event:')) };
    },
    stop: () => reader.cancel(),
  };
}

const lastEvent = (reason: string) => `event: ended\ndata: {"code":"edge.session-ended","reason":"${reason}"}\n\n`;

describe('a stream in which data flows ends within a second of', () => {
  it.each<[string, string, () => Promise<unknown> | unknown]>([
    ['the logout', 'session', () => instance.call('/api/v1/logout', { method: 'POST', token: member.token })],
    ['the end of its session', 'session', () => instance.clock.advance(7 * 86_400_000)],
    [
      'the removal of the person',
      'session',
      () => instance.call(`/api/v1/users/${member.id}`, { method: 'DELETE', token: admin }),
    ],
    [
      'a new password',
      'session',
      () => instance.call(`/api/v1/users/${member.id}/password`, { method: 'PUT', token: admin, body: {} }),
    ],
    [
      'another role',
      'role',
      () => instance.call(`/api/v1/users/${member.id}`, { method: 'PATCH', token: admin, body: { role: 'admin' } }),
    ],
    [
      'the suspension of the tenant',
      'session',
      async () =>
        instance.call('/api/v1/tenants/tenant-b', {
          method: 'PATCH',
          token: await instance.token('operator'),
          body: { status: 'suspended' },
        }),
    ],
    [
      'a session that another process deleted',
      'session',
      () => {
        const database = new DatabaseSync(`${instance.dataDir}/control.db`);
        database.exec(`delete from sessions where user_id = '${member.id}'`);
        database.close();
      },
    ],
  ])('%s', async (name, reason, endRight) => {
    const [stream, other] = [await busy(member.token), await busy(await instance.token('tenant-a'))];
    await endRight();
    // From the answer on: before it a password may have been hashed for as long as the machine is busy.
    const at = performance.now();
    const { ms, last } = await stream.endedAfter(at);
    expect(last).toBe(lastEvent(reason));
    // Login and logout themselves take their time on a busy machine; the clock begins when they are called.
    expect(ms).toBeLessThan(WITHIN_MS + 500);
    // The clock is everybody's.
    if (name !== 'the end of its session') {
      const still = await Promise.race([other.endedAfter(at).then(() => 'ended'), pause(300, 'flows')]);
      expect(still).toBe('flows');
    }
    await other.stop();
    expect(instance.errors).toEqual([]);
  });
});

it('ends for an operator when the tenant takes the access away, when it is over, and when the tenant is gone', async () => {
  const open = async () => {
    const { token, headers } = await instance.operatorIn('tenant-a');
    return busy(token, headers);
  };
  const taken = await open();
  const owner = await instance.token('tenant-a');
  const list = await instance.call('/api/v1/operator-access', { token: owner });
  const [access] = (list.json as { access: Array<{ id: string; reason: string }> }).access;
  expect(access).toMatchObject({ reason: 'a test of it' });
  let at = performance.now();
  await instance.call(`/api/v1/operator-access/${access!.id}`, { method: 'DELETE', token: owner });
  expect(await taken.endedAfter(at)).toMatchObject({ last: lastEvent('tenant') });

  const over = await open();
  at = performance.now();
  instance.clock.advance(3_600_000);
  const { ms } = await over.endedAfter(at);
  expect(ms).toBeLessThan(WITHIN_MS);

  const gone = await open();
  at = performance.now();
  const database = new DatabaseSync(`${instance.dataDir}/control.db`);
  for (const table of ['operator_access', 'memberships', 'ingest_keys'])
    database.exec(`delete from ${table} where tenant = 'tenant-a'`);
  database.exec("delete from tenants where id = 'tenant-a'");
  database.close();
  expect(await gone.endedAfter(at)).toMatchObject({ last: lastEvent('tenant') });
});

it('cuts a client that takes nothing', async () => {
  const socket = connect(instance.edge.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  socket.write(`GET /api/v1/demo-flood HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${member.token}\r\n\r\n`);
  await expect.poll(() => instance.meter.gauge('hanok_edge_streams', '').value).toBe(1);
  socket.pause();
  let before = -1;
  const still = () => {
    const same = pulled === before;
    before = pulled;
    return same;
  };
  await expect.poll(still, { interval: 200 }).toBe(true);
  await instance.call('/api/v1/logout', { method: 'POST', token: member.token });
  await expect.poll(() => instance.meter.gauge('hanok_edge_streams', '').value, { timeout: WITHIN_MS }).toBe(0);
  // Longer than it is given to take the last event.
  await pause(WITHIN_MS);
  socket.resume();
  await closed;
});

it('cancels a question under way, and answers the change that ended its own session', async () => {
  const before = reading;
  const long = instance.call('/api/v1/demo-long-read', { method: 'POST', token: member.token, body: {} });
  await expect.poll(() => reading).toBe(before + 1);
  const logout = await instance.call('/api/v1/logout', { method: 'POST', token: member.token });
  expect(logout.status).toBe(200);
  expect(await long).toMatchObject({ status: 401, code: 'edge.session-ended' });
  expect(instance.meter.counter('hanok_edge_ended_requests', '').value).toBe(1);
});

it('concerns exactly those whose right a change may have touched', () => {
  const holder = { tokenHash: 's', userId: 'u', tenants: ['t' as TenantId], expiresAt: 1 };
  const touched: AccessChange[] = [
    { kind: 'session', tokenHash: 's' },
    { kind: 'person', userId: 'u' },
    { kind: 'tenant', tenant: 't' },
    { kind: 'anything' },
  ];
  const others: AccessChange[] = [
    { kind: 'session', tokenHash: 'x' },
    { kind: 'person', userId: 's' },
    { kind: 'tenant', tenant: 'u' },
    { kind: 'key', id: 't' },
  ];
  expect(touched.map((change) => concerns(change, holder))).toEqual([true, true, true, true]);
  expect(others.map((change) => concerns(change, holder))).toEqual([false, false, false, false]);
});

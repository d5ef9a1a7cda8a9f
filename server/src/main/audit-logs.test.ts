import { setTimeout as pause } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import { afterEach, expect, it } from 'vitest';
import { silentLog } from '#base';
import type { EmittedLog } from '#receivers';
import { type ControlInstance, openControlInstance } from '../control/testkit/index.ts';
import { forwardAudit } from './audit-logs.ts';

let instance: ControlInstance;
let stop: () => Promise<void> = async () => {};
afterEach(async () => {
  await stop();
  await instance?.close();
});

/** The journals: what arrived, by tenant; those that are full refuse. */
function journals() {
  const arrived = new Map<string, EmittedLog[]>();
  const full = new Set<string>();
  const start = () => {
    const running = forwardAudit({
      forwarding: instance.control.audit.forwarding,
      clock: instance.clock,
      log: silentLog,
      async emit(tenant: TenantId, records) {
        if (full.has(tenant)) throw new Error('the journal is full');
        arrived.set(tenant, [...(arrived.get(tenant) ?? []), ...records]);
        return true;
      },
    });
    stop = running.close;
  };
  const told = (tenant: string) =>
    (arrived.get(tenant) ?? []).map(({ attributes }) => [attributes['hanok.audit.seq'], attributes['action']]);
  return { full, start, told, arrived };
}

const act = (tenant: string | null, action: string, operator = false) =>
  instance.control.audit.append({
    actor: { name: 'someone@x.example', tenant, remote: '192.0.2.1', requestId: 'r1', operator },
    action,
    target: 't',
    outcome: 'ok',
    before: { role: 'member' },
    after: { role: 'admin' },
    reason: '요청',
  });

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`after 5 s: ${what}`);
    await pause(20);
  }
}

it("sends a tenant's entries to the tenant and the operators' to theirs, each once while all is well", async () => {
  instance = await openControlInstance();
  const { start, told, arrived } = journals();
  start();
  await act('tenant-a', 'one');
  await act('tenant-a', 'two', true);
  await until('both arrived', () => told('tenant-a').length === 2 && told('hanok').length === 3);
  expect(told('tenant-a')).toEqual([
    [1, 'one'],
    [2, 'two'],
  ]);
  expect(told('hanok').map(([, action]) => action)).toEqual(['bootstrap', 'signing-key.create', 'two']);
  expect(arrived.get('tenant-a')?.[0]).toMatchObject({
    event: 'hanok.audit',
    severity: 'info',
    attributes: {
      actor: 'someone@x.example',
      'hanok.audit.chain': 'tenant-a',
      'client.address': '192.0.2.1',
      'request.id': 'r1',
      outcome: 'ok',
      reason: '요청',
      before: '{"role":"member"}',
      after: '{"role":"admin"}',
    },
  });
});

it('goes on where it was after a start, and a full journal delays its own tenant alone', async () => {
  instance = await openControlInstance();
  const { start, told, full } = journals();
  full.add('tenant-a');
  start();
  await act('tenant-a', 'one');
  await act('tenant-b', 'b');
  await until('the other arrived', () => told('tenant-b').length === 1);
  expect(told('tenant-a')).toEqual([]);
  await stop();
  await instance.reopen();
  full.clear();
  start();
  await until('it arrived', () => told('tenant-a').length === 1);
  await act('tenant-a', 'two');
  await until('so does the next', () => told('tenant-a').length === 2);
  expect(told('tenant-b')).toEqual([[1, 'b']]);
});

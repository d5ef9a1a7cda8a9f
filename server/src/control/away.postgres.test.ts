import { setTimeout as pause } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findPostgres, openPostgresServer, type PostgresServer } from '../../../scripts/postgres-server.ts';
import type { AccessChange } from './access/feed.ts';
import type { Actor } from './audit/log.ts';
import { type ControlInstance, openControlInstance, steeredClock } from './testkit/index.ts';

/** A server of this suite's own, because it is killed. */
const A = 'tenant-a' as TenantId;
const operator: Actor = { name: 'operator@hanok.local', tenant: null, remote: '192.0.2.1' };

let server: PostgresServer;
let instance: ControlInstance;
beforeAll(async () => {
  server = await openPostgresServer(findPostgres()!);
  instance = await openControlInstance({ config: { url: server.url() } });
});
afterAll(async () => {
  await instance?.close();
  await server?.dispose();
});

it('goes on with what it knows while the server is away, refuses changes, and decides anew when it is back', async () => {
  const { control } = instance;
  const { ingestKey, admin } = control.first!.tenants[0]!;
  const { token } = await control.login.login(admin.email, admin.password, { remote: '192.0.2.7' });
  const heard: AccessChange[] = [];
  control.access.listen((changes) => heard.push(...changes));
  const away = expect.objectContaining({ code: 'control.away', status: 503, retryAfter: 5 });

  await server.kill();
  expect(control.snapshot().keyFor(ingestKey)?.tenant.id).toBe(A);
  await expect(control.keys.create(operator, A, 'k')).rejects.toEqual(away);
  await expect(control.resolveSession(token)).rejects.toEqual(away);
  await expect(control.login.login(admin.email, admin.password, { remote: '192.0.2.7' })).rejects.toEqual(away);
  await until(() => control.awaySince() !== undefined);
  expect(control.awaySince()).toBe(steeredClock().now());

  heard.length = 0;
  await server.start();
  await until(() => control.awaySince() === undefined);
  await until(() => heard.some(({ kind }) => kind === 'anything'));
  expect((await control.resolveSession(token))?.tenants.has(A)).toBe(true);
  await expect(control.keys.create(operator, A, 'k')).resolves.toBeTruthy();
  expect(await control.audit.verify()).toMatchObject({ ok: true });
});

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (holds()) return;
    await pause(10);
  }
  throw new Error('not within ten seconds');
}

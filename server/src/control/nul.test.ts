import type { TenantId } from '@hanok/contract';
import { afterEach, expect, it } from 'vitest';
import { type ControlInstance, openControlInstance } from './testkit/index.ts';

let instance: ControlInstance;
afterEach(() => instance?.close());

/** PostgreSQL's texts hold no NUL; a guess with one is a wrong guess there too, counted and in the audit log. */
it('answers texts with a NUL as any that nobody has', async () => {
  instance = await openControlInstance();
  const { control } = instance;
  const operator = { name: 'operator@hanok.local', tenant: null, remote: '192.0.2.1' };
  const codeOf = (done: Promise<unknown>) => done.then(String, (error) => error.code);
  expect(await codeOf(control.login.login('a\0@x.example', 'guess', { remote: '192.0.2.7' }))).toBe(
    'control.wrong-credentials',
  );
  expect(await codeOf(control.keys.revoke(operator, 'tenant-a' as TenantId, '\0'))).toBe('control.not-found');
  expect(await codeOf(control.users.remove(operator, 'tenant-a' as TenantId, '\0'))).toBe('control.not-found');
  expect(await codeOf(control.tenants.change(operator, '\0', { name: 'x' }))).toBe('control.not-found');
  await instance.reopen();
  const rows = await instance.control.audit.page({ tenant: undefined, before: undefined, limit: 10 });
  expect(rows.map(({ action, target }) => [action, target])).toContainEqual(['login', 'a\uFFFD@x.example']);
});

import type { TenantId } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EdgeInstance, openEdgeInstance } from '../testkit.ts';

const B = 'tenant-b' as TenantId;
const NO_CODE = '000000';

let instance: EdgeInstance;
beforeEach(async () => {
  instance = await openEdgeInstance();
});
afterEach(() => instance.close());

const admin = () => instance.first.tenants.find(({ id }) => id === B)!.admin;
const post = (path: string, body: unknown, token?: string, headers = {}) =>
  instance.call(`/api/v1${path}`, { method: 'POST', body, headers, ...(token === undefined ? {} : { token }) });
/** The token of a first step, of somebody who needs a second factor and has none. */
const half = async () => {
  const token = await instance.token('tenant-b');
  await instance.call('/api/v1/tenant-settings', { method: 'PATCH', token, body: { mfaRequired: true } });
  const answer = await post('/login', admin());
  expect(answer.json).toEqual({
    mfa: { token: expect.stringMatching(/^hf_/), expiresAt: expect.any(String), next: 'set-up' },
  });
  // Neither a session nor the mark of a device.
  expect(answer.headers.get('set-cookie')).toBeNull();
  return (answer.json as { mfa: { token: string } }).mfa.token;
};

describe('the token of a first step', () => {
  it('opens no endpoint but its own: not as a bearer token, not as the cookie of a session', async () => {
    const token = await half();
    for (const { method, path, endpoint } of instance.edge.routes.filter(
      (one) => one.endpoint.permission !== 'public',
    )) {
      const at = path.replace(/:\w+/g, 'x');
      const headers = { cookie: `hanok_session=${token}` };
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
      expect((await instance.call(at, { method, token, ...body })).status, `${path} ${endpoint.summary}`).toBe(401);
      expect((await instance.call(at, { method, headers, ...body })).status, path).toBe(401);
    }
  });

  it('of a set-up is none of a second factor, and the other way round', async () => {
    const token = await half();
    expect((await post('/login/second-factor', { token, code: NO_CODE })).code).toBe('control.half-token');
    expect((await post('/login/set-up/confirm', { token, code: NO_CODE })).code).toBe('control.no-second-factor');
    expect((await post('/login/set-up', { token })).status).toBe(200);
    expect((await post('/login/set-up/confirm', { token, code: NO_CODE })).code).toBe('control.wrong-code');
  });

  it('is taken from pages of Hanok alone', async () => {
    const token = await half();
    const answer = await post('/login/set-up', { token }, undefined, { 'sec-fetch-site': 'cross-site' });
    expect(answer.code).toBe('edge.cross-site');
  });
});

it('people without a second factor sign in as ever; API tokens need none', async () => {
  const { json } = await post('/login', admin());
  expect(json).toEqual({ token: expect.stringMatching(/^hs_/), expiresAt: expect.any(String) });
  const { token } = json as { token: string };
  const made = await post('/tokens', { name: 'for a program', permissions: ['storage.read'] }, token);
  await instance.call('/api/v1/tenant-settings', { method: 'PATCH', token, body: { mfaRequired: true } });
  const { secret } = made.json as { secret: string };
  expect((await instance.call('/api/v1/me', { token: secret })).status).toBe(200);
});

describe('sessions', () => {
  it('are listed to their owner and ended by them', async () => {
    const [one, other] = [await instance.token('tenant-b'), await instance.token('tenant-b')];
    const { json } = await instance.call('/api/v1/me/sessions', { token: one });
    const { sessions } = json as { sessions: Array<{ id: string; current: boolean }> };
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    const { id } = sessions.find(({ current }) => !current)!;
    const foreign = await instance.token('tenant-a');
    const end = (token: string) => instance.call(`/api/v1/me/sessions/${id}`, { method: 'DELETE', token });
    expect((await end(foreign)).code).toBe('control.not-found');
    expect((await end(one)).status).toBe(200);
    expect((await instance.call('/api/v1/me', { token: other })).status).toBe(401);
    expect((await instance.call('/api/v1/me', { token: one })).status).toBe(200);
  });
});

describe('invitations', () => {
  const invite = async (tenant: 'tenant-a' | 'tenant-b') => {
    const token = await instance.token(tenant);
    const { json } = await post('/invitations', { email: 'new@one.example', role: 'editor' }, token);
    const { invitation, link } = json as { invitation: { id: string }; link: { url: string; mail: string } };
    return { id: invitation.id, ...link };
  };
  it('have their secret behind # of an address of this Hanok', async () => {
    const { url, mail } = await invite('tenant-a');
    expect(url).toMatch(new RegExp(`^${instance.url}/join#hl_[\\w-]{43}$`));
    expect(mail).toBe('off');
  });
  it('of another tenant are nobody else’s to see or revoke', async () => {
    const { id } = await invite('tenant-a');
    const token = await instance.token('tenant-b');
    expect((await instance.call('/api/v1/invitations', { token })).json).toEqual({ invitations: [] });
    expect((await instance.call(`/api/v1/invitations/${id}`, { method: 'DELETE', token })).code).toBe(
      'control.not-found',
    );
  });
  it('are used once, and are answered as if they had never been afterwards', async () => {
    const secret = (await invite('tenant-a')).url.split('#')[1]!;
    expect((await post('/invitations/look', { secret })).json).toMatchObject({ tenant: 'Tenant A' });
    const use = (one: string) => post('/invitations/accept', { secret: one, password: 'seven quiet roofs at dusk' });
    expect((await use(secret)).status).toBe(200);
    const told = ({ status, json }: Awaited<ReturnType<typeof use>>) => [
      status,
      { ...(json as { error: object }).error, requestId: '' },
    ];
    expect(told(await use(secret))).toEqual(told(await use(`hl_${'A'.repeat(43)}`)));
  });
});

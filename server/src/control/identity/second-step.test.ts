import type { TenantId } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../audit/log.ts';
import { type ControlInstance, openControlInstance } from '../testkit/index.ts';
import { codeOf, STEP_MS, stepAt } from './second-factor/totp.ts';

const A = 'tenant-a' as TenantId;
const from = { remote: '192.0.2.7' };
const code = (name: string) => expect.objectContaining({ code: `control.${name}` });

let instance: ControlInstance;
beforeEach(async () => {
  instance = await openControlInstance();
});
afterEach(() => instance.close());

const admin = () => instance.control.first!.tenants[0]!.admin;
const login = (account = admin()) => instance.control.login.login(account.email, account.password, from);
const sessionOf = async (token: string) => (await instance.control.resolveSession(token))!;
const byOf = (name: string): Actor => ({ name, tenant: A, ...from });

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const bytesOf = (text: string) => {
  const bits = [...text].map((one) => ALPHABET.indexOf(one).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};
/** The code that an app with this secret shows now, or some steps on. */
const shown = (secret: string, steps = 0) => codeOf(bytesOf(secret), stepAt(instance.clock.now()) + steps);

/** With an authenticator app set up by a session that stays. */
const withApp = async (account = admin()) => {
  const session = await sessionOf((await login(account)).token);
  const by = byOf(account.email);
  const { secret } = await instance.control.factors.begin(by, session, account.password);
  const recoveryCodes = await instance.control.factors.confirm(by, session, shown(secret));
  instance.clock.advance(STEP_MS);
  return { session, secret, recoveryCodes };
};

describe('somebody with an authenticator app', () => {
  it('signs in by password and code; the first token opens nothing', async () => {
    const { secret } = await withApp();
    const half = await login();
    expect(half).toMatchObject({ next: 'second-factor', marks: [] });
    expect(await instance.control.resolve(half.token, from.remote)).toBeUndefined();
    const opened = await instance.control.secondStep.finish(half.token, shown(secret), from);
    expect((await sessionOf(opened.token)).tenants.has(A)).toBe(true);
    await expect(instance.control.secondStep.finish(half.token, shown(secret, 1), from)).rejects.toEqual(
      code('half-token'),
    );
    const everything = await instance.database.everything();
    for (const text of [secret, half.token]) expect(everything).not.toContain(text);
  });

  it('uses each code once, across sign-ins', async () => {
    const { secret } = await withApp();
    await instance.control.secondStep.finish((await login()).token, shown(secret), from);
    const again = (await login()).token;
    await expect(instance.control.secondStep.finish(again, shown(secret), from)).rejects.toEqual(code('wrong-code'));
    await instance.control.secondStep.finish(again, shown(secret, 1), from);
  });

  it('uses each recovery code once, however it is typed', async () => {
    const { recoveryCodes } = await withApp();
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first, second] = recoveryCodes;
    const typed = first!.toLowerCase().replaceAll('-', ' ');
    await instance.control.secondStep.finish((await login()).token, typed, from);
    const half = (await login()).token;
    await expect(instance.control.secondStep.finish(half, first!, from)).rejects.toEqual(code('wrong-code'));
    await instance.control.secondStep.finish(half, second!, from);
    const everything = await instance.database.everything();
    for (const one of recoveryCodes) expect(everything).not.toContain(one);
  });

  it('may take five minutes and five tries; who tries on has to wait, whoever they are', async () => {
    const { secret } = await withApp();
    const late = (await login()).token;
    instance.clock.advance(300_000);
    await expect(instance.control.secondStep.finish(late, shown(secret), from)).rejects.toEqual(code('half-token'));
    for (let tries = 0; tries < 2; tries++) {
      const half = (await login()).token;
      for (let i = 0; i < 5; i++)
        await expect(
          instance.control.secondStep.finish(half, '000000', { remote: `198.51.100.${tries * 5 + i}` }),
        ).rejects.toEqual(code('wrong-code'));
      await expect(instance.control.secondStep.finish(half, shown(secret), from)).rejects.toEqual(code('half-token'));
    }
    const half = (await login()).token;
    await expect(instance.control.secondStep.finish(half, shown(secret), { remote: '203.0.113.1' })).rejects.toEqual(
      code('login-throttled'),
    );
    instance.clock.advance(2_000);
    await instance.control.secondStep.finish(half, shown(secret), from);
  });

  it('begins anew when the password changed between the steps', async () => {
    const { session, secret } = await withApp();
    const half = (await login()).token;
    await instance.control.users.changePassword(
      byOf(admin().email),
      session,
      admin().password,
      'a new one for the test',
    );
    await expect(instance.control.secondStep.finish(half, shown(secret), from)).rejects.toEqual(code('half-token'));
  });

  it('cannot be given another app by somebody with the password alone', async () => {
    await withApp();
    const half = (await login()).token;
    await expect(instance.control.secondStep.beginSetUp(half, from)).rejects.toEqual(code('half-token'));
    await expect(instance.control.secondStep.confirmSetUp(half, '000000', from)).rejects.toEqual(code('half-token'));
  });

  it('removes it with the password, and not where one is required', async () => {
    const { session } = await withApp();
    const by = byOf(admin().email);
    await expect(instance.control.factors.begin(by, session, admin().password)).rejects.toEqual(
      code('second-factor-there'),
    );
    await expect(instance.control.factors.remove(by, session, 'not the password')).rejects.toEqual(
      code('wrong-password'),
    );
    await instance.control.factors.remove(by, session, admin().password);
    expect(await instance.control.factors.mine(session)).toEqual({
      totpSince: null,
      recoveryCodesLeft: 0,
      required: false,
    });
    expect((await login()).next).toBe('nothing');
  });
});

describe('where a second factor is required', () => {
  it('of operators reachable from beyond the machine, one is set up before anything else', async () => {
    await instance.close();
    instance = await openControlInstance({ deps: { beyondLoopback: true } });
    const operator = instance.control.first!.operator;
    expect((await login()).next).toBe('nothing');
    const half = await login(operator);
    expect(half.next).toBe('set-up');
    expect(await instance.control.resolve(half.token, from.remote)).toBeUndefined();
    const { secret } = await instance.control.secondStep.beginSetUp(half.token, from);
    await expect(instance.control.secondStep.confirmSetUp(half.token, '000000', from)).rejects.toEqual(
      code('wrong-code'),
    );
    const { token, recoveryCodes } = await instance.control.secondStep.confirmSetUp(half.token, shown(secret), from);
    expect(recoveryCodes).toHaveLength(10);
    const session = await sessionOf(token);
    expect(session.operatorRole).toBe('operator');
    await expect(instance.control.factors.remove(byOf(operator.email), session, operator.password)).rejects.toEqual(
      code('second-factor-required'),
    );
    expect((await login(operator)).next).toBe('second-factor');
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '#base';
import { type ControlInstance, openControlInstance } from '../control/testkit/index.ts';
import { auditVerify, readAuditOptions } from './audit-verify.ts';

let instance: ControlInstance;
beforeEach(async () => {
  instance = await openControlInstance();
  for (const tenant of ['tenant-a', 'tenant-b'])
    for (let i = 0; i < 3; i++)
      await instance.control.audit.append({
        actor: { name: 'someone@x.example', tenant, remote: '' },
        action: 'test',
        target: `${i}`,
        outcome: 'ok',
      });
  await instance.control.audit.checkpoint();
});
afterEach(() => instance?.close());

const verify = (...args: string[]) => {
  const options = readAuditOptions(['verify', ...args]);
  if (!options) throw new Error('not understood');
  return auditVerify(options, { HANOK_DATA_DIR: instance.dataDir }, { clock: instance.clock, log: silentLog });
};

it('understands its options, and nothing else', () => {
  expect(readAuditOptions(['verify'])).toMatchObject({ json: false, chain: undefined });
  expect(readAuditOptions(['verify', '--chain', 'tenant-a', '--json'])).toMatchObject({
    json: true,
    chain: 'tenant-a',
  });
  for (const wrong of [[], ['prove'], ['verify', 'x'], ['verify', '--chain'], ['verify', '--chian', 'x']])
    expect(readAuditOptions(wrong)).toBeUndefined();
  expect(readAuditOptions(['verify', '--file', 'x', '--chain', 'y'])).toBeUndefined();
});

it('tells of every chain, or of one, and which entry was changed', async () => {
  const whole = await verify();
  expect(whole.ok).toBe(true);
  expect(whole.text).toMatch(/^ok {6}@operators .*\nok {6}tenant-a +3 entries, 1 checkpoints.*\nok {6}tenant-b/);
  await instance.database.raw('drop trigger audit_entries_no_update');
  await instance.database.raw("update audit_entries set target = 'x' where chain = 'tenant-b' and seq = 2");
  const { ok, text } = await verify();
  expect(ok).toBe(false);
  expect(text).toMatch(/\nBROKEN {2}tenant-b {4}entry 2: .*\(changed\)\n$/);
  expect((await verify('--chain', 'tenant-a')).ok).toBe(true);
  const json = JSON.parse((await verify('--chain', 'tenant-b', '--json')).text);
  expect(json).toMatchObject({ ok: false, chains: [{ chain: 'tenant-b', broken: { seq: 2, code: 'changed' } }] });
  await expect(verify('--chain', 'tenant-x')).rejects.toMatchObject({ code: 'control.no-such-chain' });
});

it('trusts the keys it is given alone, and reads exports', async () => {
  const key = join(instance.dataDir, 'signing', 'public.pem');
  expect((await verify('--public-key', key)).ok).toBe(true);
  const stranger = join(instance.dataDir, 'stranger.pem');
  writeFileSync(stranger, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string);
  expect((await verify('--public-key', stranger)).text).toMatch(/unknown-key/);
  let text = '';
  for await (const lines of instance.control.audit.export('tenant-a')) text += lines;
  const file = join(instance.dataDir, 'export.jsonl');
  writeFileSync(file, text);
  expect(await verify('--file', file, '--public-key', key)).toMatchObject({ ok: true });
  writeFileSync(file, text.replace('"target":"1"', '"target":"2"'));
  expect((await verify('--file', file)).text).toMatch(/entry 2: .*\(changed\)/);
  await expect(verify('--file', join(instance.dataDir, 'none'))).rejects.toMatchObject({ code: 'main.no-such-file' });
  await expect(verify('--public-key', file)).rejects.toMatchObject({ code: 'main.no-public-key' });
});

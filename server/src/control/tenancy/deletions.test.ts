import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SignedCertificate } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#base';
import type { Actor } from '../audit/log.ts';
import { openDialect } from '../dialect/open.ts';
import { publicKeyPath } from '../signing/key-file.ts';
import { type ControlInstance, openControlInstance } from '../testkit/index.ts';
import { checkCertificate } from './certificate.ts';
import type { RemovalState } from './deletions.ts';
import { TENANT_TABLES } from './rows.ts';

const operator: Actor = { name: 'operator@hanok.local', tenant: null, remote: '192.0.2.1', requestId: 'r1' };
const DAY = 86_400_000;
const wanted = { confirm: 'tenant-b', reason: 'the contract ended' };

let instance: ControlInstance;
beforeEach(async () => {
  instance = await openControlInstance();
});
afterEach(() => instance.close());
const statusOf = (id: string) => instance.control.snapshot().tenant(id)?.status;
const keyOf = (id: string) => instance.control.first!.tenants.find((tenant) => tenant.id === id)!.ingestKey;
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { code?: string; reason?: string }) => `${error.code} ${error.reason ?? ''}`.trim(),
  );

const DONE: RemovalState = {
  step: 'finishing',
  tables: [{ table: 'logs', rows: 7, days: [{ day: '2026-11-20', rows: 7 }], removed: 7 }],
  journal: { bytes: 120, deadLetters: 1, goneAt: null },
};

async function removed(id: string): Promise<{ readonly id: string; readonly document: string }> {
  const { deletions } = instance.control;
  await deletions.schedule(operator, id, { confirm: id, reason: 'over', delay: 0, immediately: true });
  await deletions.begin(id);
  await deletions.save(id, DONE);
  return deletions.finish(id);
}

describe('a deletion', () => {
  it('is asked twice', async () => {
    const { deletions } = instance.control;
    const ask = (more: object) => codeOf(deletions.schedule(operator, 'tenant-b', { ...wanted, ...more }));
    expect(await ask({ confirm: 'tenant-a' })).toBe('control.delete-unconfirmed id');
    expect(await ask({ delay: 0 })).toBe('control.delete-unconfirmed immediately');
    expect(statusOf('tenant-b')).toBe('active');
    expect(await codeOf(deletions.schedule(operator, 'hanok', { ...wanted, confirm: 'hanok' }))).toBe(
      'control.reserved-id own',
    );
    expect(await codeOf(deletions.schedule(operator, 'nobody', { ...wanted, confirm: 'nobody' }))).toBe(
      'control.not-found',
    );
  });

  it('needs the second flag also where no time to undo it is the setting', async () => {
    const { deletions } = await instance.reopen({ deleteDelay: 0 });
    expect(await codeOf(deletions.schedule(operator, 'tenant-b', wanted))).toBe(
      'control.delete-unconfirmed immediately',
    );
    expect(await codeOf(deletions.schedule(operator, 'tenant-b', { ...wanted, immediately: true }))).toBe('no error');
  });

  it('suspends, leaves seven days to undo it, and gives back the status there was', async () => {
    const { deletions, tenants } = instance.control;
    await tenants.change(operator, 'tenant-b', { status: 'suspended', reason: 'unpaid' });
    const deletion = await deletions.schedule(operator, 'tenant-b', wanted);
    expect(deletion.dueAt - deletion.requestedAt).toBe(7 * DAY);
    expect(statusOf('tenant-b')).toBe('deleting');
    expect(await codeOf(deletions.schedule(operator, 'tenant-b', wanted))).toBe('control.tenant-deleting');
    expect(await codeOf(tenants.change(operator, 'tenant-b', { status: 'active' }))).toBe('control.tenant-deleting');
    expect(await codeOf(tenants.change(operator, 'tenant-b', { name: 'x' }))).toBe('control.tenant-deleting');
    await deletions.undo(operator, 'tenant-b', 'they paid');
    expect(statusOf('tenant-b')).toBe('suspended');
    expect(await deletions.suspensions()).toMatchObject([{ tenant: 'tenant-b', reason: 'unpaid' }]);
    await tenants.change(operator, 'tenant-b', { status: 'active' });
    expect(await deletions.suspensions()).toEqual([]);
    expect(await codeOf(deletions.undo(operator, 'tenant-b', undefined))).toBe('control.tenant-not-deleting');
  });

  it('lets nobody of the tenant in, and nothing of it', async () => {
    const { login, deletions } = instance.control;
    const { admin } = instance.control.first!.tenants.find(({ id }) => id === 'tenant-b')!;
    const { token } = await login.login(admin.email, admin.password, { remote: '192.0.2.7' });
    await deletions.schedule(operator, 'tenant-b', wanted);
    expect(await instance.control.resolveSession(token)).toBeUndefined();
    expect(await codeOf(login.login(admin.email, admin.password, { remote: '192.0.2.7' }))).toBe(
      'control.wrong-credentials',
    );
  });

  it('cannot be undone once the removal began, and keeps its place across a restart', async () => {
    await instance.control.deletions.schedule(operator, 'tenant-b', wanted);
    expect(await instance.control.deletions.begin('tenant-b')).toBe(true);
    expect(await instance.control.deletions.begin('tenant-b')).toBe(true);
    expect(await instance.control.deletions.begin('tenant-a')).toBe(false);
    await instance.control.deletions.save('tenant-b', { ...DONE, step: 'removing' });
    await instance.control.deletions.trouble('tenant-b', 'store.unavailable');
    await instance.reopen();
    const { deletions } = instance.control;
    expect(await codeOf(deletions.undo(operator, 'tenant-b', undefined))).toBe('control.tenant-removing');
    expect(await deletions.mine()).toMatchObject([
      { tenant: 'tenant-b', trouble: 'store.unavailable', state: { step: 'removing' } },
    ]);
    const began = (await instance.control.audit.page({ tenant: 'tenant-b', before: undefined, limit: 50 })).filter(
      ({ action }) => action === 'tenant.removal-began',
    );
    expect(began).toHaveLength(1);
  });
});

describe('the end of a deletion', () => {
  it('removes the tenant and leaves a certificate that can be checked without the instance', async () => {
    const secret = keyOf('tenant-b');
    const { id, document } = await removed('tenant-b');
    expect(statusOf('tenant-b')).toBeUndefined();
    expect(instance.control.snapshot().keyFor(secret)).toBeUndefined();
    const publicKey = readFileSync(publicKeyPath(instance.dataDir), 'utf8');
    const { certificate, trusted } = checkCertificate(document, publicKey);
    expect(trusted).toBe(true);
    expect(certificate).toMatchObject({
      id,
      tenant: { id: 'tenant-b', name: 'Tenant B', mode: 'pool' },
      requested: { by: operator.name, reason: 'over' },
      store: { name: 'pool', tables: [{ table: 'logs', rows: 7, days: [{ day: '2026-11-20', rows: 7 }] }] },
      journal: { bytes: 120, deadLetters: 1 },
      verification: { rows: 0 },
    });
    expect(certificate.control).toContainEqual({ table: 'users', rows: 1 });
    expect(certificate.control).toContainEqual({ table: 'ingest_keys', rows: 1 });
    // The evidence stays, and the chain with it.
    expect(certificate.stays.auditRows).toBeGreaterThan(0);
    expect(await instance.control.audit.verify('tenant-b', certificate.stays.auditHead)).toMatchObject({ ok: true });
    expect(await instance.control.deletions.certificate(id)).toBe(document);
    expect(await instance.control.deletions.issuedHere()).toEqual([{ id, document }]);
  });

  it('never gives the id again', async () => {
    await removed('tenant-b');
    const again = { id: 'tenant-b', name: 'B', mode: 'pool', adminEmail: 'new@b.example' } as const;
    expect(await codeOf(instance.control.tenants.create(operator, again))).toBe('control.tenant-id-used');
    expect(instance.announced).toEqual([]);
  });

  it('lists certificates newest first, a page at a time', async () => {
    const { tenants, deletions } = instance.control;
    for (const id of ['one', 'two', 'three']) {
      await tenants.create(operator, { id, name: id, mode: 'pool', adminEmail: `a@${id}.example` });
      await removed(id);
    }
    const page = await deletions.certificates({ limit: 2 });
    const last = page.at(-1)!;
    const rest = await deletions.certificates({ before: `${last.issued_at}.${last.id}`, limit: 2 });
    expect([...page, ...rest].map(({ tenant }) => tenant).sort()).toEqual(['one', 'three', 'two']);
    expect(await codeOf(deletions.certificates({ before: 'x', limit: 1 }))).toBe('control.invalid-cursor');
    expect(await deletions.certificates({ tenant: 'two', limit: 9 })).toHaveLength(1);
  });

  it('keeps certificates from being changed', async () => {
    await removed('tenant-b');
    await expect(instance.database.raw("update certificates set name = 'x'")).rejects.toThrow(/append-only/);
    await expect(instance.database.raw('delete from certificates')).rejects.toThrow(/append-only/);
  });
});

describe('checking a certificate', () => {
  const reasonOf = (text: string, key?: string) => {
    try {
      checkCertificate(text, key);
      return 'valid';
    } catch (error) {
      return (error as { reason?: string }).reason;
    }
  };

  it('says what is wrong with it', async () => {
    const { document } = await removed('tenant-b');
    const changed = (change: (signed: SignedCertificate) => void) => {
      const signed = JSON.parse(document) as SignedCertificate;
      change(signed);
      return `${JSON.stringify(signed, null, 2)}\n`;
    };
    expect(reasonOf(document)).toBe('valid');
    expect(reasonOf(document.replaceAll('\n', '\r\n'))).toBe('valid');
    expect(reasonOf(JSON.stringify(JSON.parse(document)))).toBe('valid');
    expect(reasonOf('{')).toBe('not-json');
    expect(reasonOf('{}')).toBe('not-a-certificate');
    expect(
      reasonOf(
        changed(({ certificate }) => {
          certificate.tenant.name = 'Tenant C';
        }),
      ),
    ).toBe('signature');
    expect(
      reasonOf(
        changed(({ certificate }) => {
          certificate.store.tables[0]!.rows = 6;
        }),
      ),
    ).toBe('signature');
    // A reader would see the first of two, a parser takes the last.
    expect(reasonOf(document.replace('"reason"', '"reason": "another",\n      "reason"'))).toBe('rewritten');
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
    expect(reasonOf(document, other as string)).toBe('signature');
  });
});

it('knows of every table that names tenants', async () => {
  const dialect = await openDialect(instance.database.url, {
    dataDir: instance.dataDir,
    clock: instance.clock,
    log: silentLog,
  });
  try {
    const tables = await dialect.database.introspection.getTables();
    const naming = tables.filter(({ columns }) => columns.some(({ name }) => /^(?:tenant|chain)$/.test(name)));
    const known: readonly string[] = Object.values(TENANT_TABLES).flat();
    expect(naming.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
  } finally {
    await dialect.close();
  }
});

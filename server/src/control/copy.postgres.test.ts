import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '#base';
import type { Actor } from './audit/log.ts';
import { openControl } from './control.ts';
import { copyControl } from './copy.ts';
import {
  countedBytes,
  makeTestDatabase,
  steeredClock,
  TEST_CONFIG,
  TEST_LIMITS,
  type TestDatabase,
} from './testkit/index.ts';

const A = 'tenant-a' as TenantId;
const operator: Actor = { name: 'operator@hanok.local', tenant: null, remote: '192.0.2.1', operator: true };
const clock = steeredClock();
let folder: string;
let postgres: TestDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hanok-copy-'));
  postgres = await makeTestDatabase(folder);
});
afterEach(async () => {
  await postgres.drop();
  rmSync(folder, { recursive: true, force: true });
});

const open = (url: string, dataDir = folder) =>
  openControl(
    { ...TEST_CONFIG, url },
    {
      dataDir,
      clock,
      log: silentLog,
      randomBytes: countedBytes(),
      cores: 2,
      limits: TEST_LIMITS,
      onTenant: async () => {},
      checkUrl: () => {},
    },
  );
const deps = { clock, log: silentLog };

it('moves a control plane from SQLite to PostgreSQL and back, keys, sessions, people and the chain', async () => {
  const first = await open('');
  const { ingestKey, admin } = first.first!.tenants[0]!;
  // More than one page of rows, and texts of every width.
  for (let i = 0; i < 1_100; i++)
    await first.audit.append({ actor: operator, action: 'test', target: `대상 ${i} 🏠 é`, outcome: 'ok' });
  await first.tenants.change(operator, A, {
    name: '가나다',
    limits: { bytesPerSecond: 5_000_000_000, burstSeconds: 2.1 },
  });
  const { token } = await first.login.login(admin.email, admin.password, { remote: '192.0.2.7' });
  const head = (await first.audit.verify()).head;
  await first.close();

  const there = await copyControl({ dataDir: folder }, { url: postgres.url }, deps);
  expect(there.head).toEqual(head);
  const second = await open(postgres.url);
  expect(second.first).toBeUndefined();
  expect(second.snapshot().keyFor(ingestKey)?.tenant).toMatchObject({
    name: '가나다',
    limits: { bytesPerSecond: 5_000_000_000, burstSeconds: 2.1 },
  });
  expect([...(await second.resolveSession(token))!.tenants.keys()]).toEqual([A]);
  await second.keys.create(operator, A, 'made on PostgreSQL');
  expect(await second.audit.verify(undefined, head)).toMatchObject({ ok: true });
  await second.close();

  const elsewhere = mkdtempSync(join(tmpdir(), 'hanok-copy-'));
  const back = await copyControl({ url: postgres.url }, { dataDir: elsewhere }, deps);
  expect(back.tables).toEqual(there.tables.map(({ name, rows }) => ({ name, rows: rows + added(name) })));
  const third = await open('', elsewhere);
  expect((await third.keys.list(A)).map(({ name }) => name)).toContain('made on PostgreSQL');
  expect(await third.audit.verify(undefined, back.head)).toMatchObject({ ok: true });
  await third.close();
  rmSync(elsewhere, { recursive: true, force: true });
});

/** An entry for the tenant and one for the operators, and each signed once more at the end. */
const added = (name: string) =>
  (({ ingest_keys: 1, audit_entries: 2, audit_checkpoints: 2 }) as Record<string, number>)[name] ?? 0;

it('copies every table there is', async () => {
  const made = await open('');
  await made.close();
  const { tables } = await copyControl({ dataDir: folder }, { url: postgres.url }, deps);
  const there = await postgres.raw(
    "select table_name from information_schema.tables where table_schema = 'public' and table_name not like 'kysely%' order by 1",
  );
  expect(tables.map(({ name }) => name).sort()).toEqual(there.map(({ table_name }) => table_name));
});

it('refuses a database that is in use, and leaves it as it is', async () => {
  const made = await open('');
  await made.close();
  await copyControl({ dataDir: folder }, { url: postgres.url }, deps);
  const before = await postgres.everything();
  await expect(copyControl({ dataDir: folder }, { url: postgres.url }, deps)).rejects.toMatchObject({
    code: 'control.not-empty',
  });
  expect(await postgres.everything()).toBe(before);
});

it('finds a log that was changed before it was copied', async () => {
  const made = await open('');
  for (let i = 0; i < 5; i++)
    await made.audit.append({ actor: operator, action: 'test', target: `${i}`, outcome: 'ok' });
  await made.close();
  const { DatabaseSync } = await import('node:sqlite');
  const raw = new DatabaseSync(join(folder, 'control.db'));
  raw.exec(
    "drop trigger audit_entries_no_update; update audit_entries set target = 'innocent' where chain = '@operators' and seq = 3",
  );
  raw.close();
  await expect(copyControl({ dataDir: folder }, { url: postgres.url }, deps)).rejects.toThrow(
    /@operators is broken at entry 3/,
  );
});

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '#base';
import type { Dialect } from '../dialect/dialect.ts';
import { openDialect } from '../dialect/open.ts';
import { migrate } from '../migrations/migrate.ts';
import { countedBytes, makeTestDatabase, steeredClock, type TestDatabase } from '../testkit/index.ts';
import { privateKeyPath, publicKeyPath } from './key-file.ts';
import { keyIdOf, verifyText } from './signature.ts';
import { openInstanceSigner } from './signer.ts';

const clock = steeredClock();
let folders: string[];
let database: TestDatabase;
let dialect: Dialect;
beforeEach(async () => {
  folders = [mkdtempSync(join(tmpdir(), 'hanok-sign-')), mkdtempSync(join(tmpdir(), 'hanok-sign-'))];
  database = await makeTestDatabase(folders[0]!);
  dialect = await openDialect(database.url, { dataDir: folders[0]!, clock, log: silentLog });
  await migrate(dialect);
});
afterEach(async () => {
  await dialect.close();
  await database.drop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
const open = (folder: number, seed: string) =>
  openInstanceSigner({ dialect, dataDir: folders[folder]!, clock, random: countedBytes(seed) });

it('makes one key per data directory, in a file that others cannot read, and keeps it', async () => {
  const first = await open(0, 'a');
  const again = await open(0, 'b');
  expect(again.keyId).toBe(first.keyId);
  expect(statSync(privateKeyPath(folders[0]!)).mode & 0o777).toBe(0o600);
  expect(readFileSync(publicKeyPath(folders[0]!), 'utf8')).toBe(first.publicKey);
  expect(await database.everything()).not.toContain('PRIVATE');
  expect((await first.publicKeys()).map(({ id }) => id)).toEqual([first.keyId]);
});

it('lists the keys of all processes on one database', async () => {
  const one = await open(0, 'a');
  clock.advance(1);
  const other = await open(1, 'b');
  const keys = await one.publicKeys();
  expect(keys.map(({ id }) => id)).toEqual([one.keyId, other.keyId]);
  expect(keys.map(({ publicKey }) => keyIdOf(publicKey))).toEqual([one.keyId, other.keyId]);
});

it('signs text for one purpose', async () => {
  const signer = await open(0, 'a');
  const signature = signer.sign('audit-checkpoint', 'row 7');
  const holds = (...[purpose, text, given]: Parameters<typeof verifyText> extends [string, ...infer R] ? R : never) =>
    verifyText(signer.publicKey, purpose, text, given);
  expect(holds('audit-checkpoint', 'row 7', signature)).toBe(true);
  expect(holds('audit-checkpoint', 'row 8', signature)).toBe(false);
  expect(holds('tenant-deletion', 'row 7', signature)).toBe(false);
  expect(holds('audit-checkpoint', 'row 7', 'x')).toBe(false);
  expect(verifyText((await open(1, 'b')).publicKey, 'audit-checkpoint', 'row 7', signature)).toBe(false);
  expect(verifyText('no key', 'audit-checkpoint', 'row 7', signature)).toBe(false);
});

/** The real program with its control plane on a real PostgreSQL. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE_FLAGS } from '../scripts/node-flags.mjs';
import { findPostgres, openPostgresServer, type PostgresServer } from '../scripts/postgres-server.ts';
import { type Instance, openInstance, root } from './instance.ts';

const bin = findPostgres();
if (bin === undefined) {
  if (process.env['HANOK_REQUIRE_ALL'] === '1') throw new Error('HANOK_REQUIRE_ALL=1 and no PostgreSQL');
  console.log(
    '\n*** SKIPPED: no PostgreSQL found (install the postgresql package); the program is not tested on it ***\n',
  );
}

const dataDir = mkdtempSync(join(tmpdir(), 'hanok-instance-'));
let server: PostgresServer;
let instance: Instance;

describe.skipIf(bin === undefined)('the control plane on PostgreSQL', () => {
  beforeAll(async () => {
    server = await openPostgresServer(bin!);
    // Begun on SQLite, then moved.
    instance = await openInstance({ dataDir });
    await instance.stop();
    const copied = spawnSync(
      join(root, 'node_modules', '.bin', 'node'),
      [...NODE_FLAGS, join(root, 'server', 'src', 'main', 'cli.ts'), 'control', 'copy', dataDir, server.url()],
      { encoding: 'utf8' },
    );
    expect(copied.stderr).toBe('');
    expect(copied.stdout).toMatch(/tenants +3\n[\s\S]*ingest_keys +2\n[\s\S]*read back and found equal/);
    instance = await openInstance({ dataDir, env: { HANOK_CONTROL_URL: server.url() } });
  });
  afterAll(async () => {
    await instance?.dispose();
    await server?.dispose();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const send = (key: string) =>
    fetch(`${instance.otlpHttp}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hanok-key': key },
      body: JSON.stringify({
        resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'kept while away' } }] }] }],
      }),
    });

  it('keeps keys and passwords that were made on SQLite, and refuses a key from the moment it is revoked', async () => {
    const { admin, ingestKey } = instance.tenant('tenant-b');
    const token = await instance.login(admin);
    expect((await send(ingestKey)).status).toBe(200);
    const { key, secret } = await instance.api<{ key: { id: string }; secret: string }>(token, 'POST', '/api/v1/keys', {
      name: 'second',
    });
    expect((await send(secret)).status).toBe(200);
    await instance.api(token, 'DELETE', `/api/v1/keys/${key.id}`);
    expect((await send(secret)).status).toBe(401);
  });

  it('takes records while PostgreSQL is away, says so, and goes on when it is back', async () => {
    const { admin, ingestKey } = instance.tenant('tenant-b');
    const token = await instance.login(admin);
    await server.kill();
    expect((await send(ingestKey)).status).toBe(200);
    const answer = await fetch(`${instance.url}/api/v1/keys`, { headers: { authorization: `Bearer ${token}` } });
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'control.away' } }]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await fetch(`${instance.url}/health/live`)).status).toBe(200);
    await server.start();
    const deadline = Date.now() + 30_000;
    for (;;) {
      const again = await fetch(`${instance.url}/api/v1/keys`, { headers: { authorization: `Bearer ${token}` } });
      if (again.status === 200) break;
      expect(again.status).toBe(503);
      expect(Date.now()).toBeLessThan(deadline);
    }
    await instance.login(admin);
  });
});

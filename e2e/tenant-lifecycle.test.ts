/** A company's life on the real program, by the commands an operator has: made, used, deleted while the program is killed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NODE_FLAGS } from '../scripts/node-flags.mjs';
import { eventually, type Instance, openInstance, root } from './instance.ts';

let instance: Instance;
let operator: string;
beforeAll(async () => {
  // Segments of the journal stay a second after they were read, not ten minutes.
  instance = await openInstance({ env: { HANOK_JOURNAL_RETAIN: '1s' } });
  operator = await instance.login(instance.bootstrap.operator);
}, 90_000);
afterAll(() => instance?.dispose());

/** With nothing but the data directory to know the operator by. */
function hanok(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(
    join(root, 'node_modules', '.bin', 'node'),
    [...NODE_FLAGS, join(root, 'server', 'src', 'main', 'cli.ts'), ...words],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HANOK_DATA_DIR: instance.dataDir, HANOK_URL: instance.url },
    },
  );
  return { status, stdout, stderr };
}

function made(id: string, mode: 'pool' | 'silo'): string {
  const { stdout, stderr } = hanok('tenant', 'create', id, '--name', id, '--mode', mode, '--admin', `a@${id}.example`);
  expect(stderr).toBe('');
  return /ingest key +(\S+)/.exec(stdout)![1]!;
}

const nanos = (hoursAgo: number) => `${BigInt(Date.now() - hoursAgo * 3_600_000) * 1_000_000n}`;
async function send(key: string, count: number): Promise<number> {
  const post = (signal: string, body: unknown) =>
    fetch(`${instance.otlpHttp}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hanok-key': key },
      body: JSON.stringify(body),
    });
  const each = <T>(make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
  await post('traces', {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: each((i) => ({
              traceId: `${i + 1}`.padStart(32, '0'),
              spanId: `${i + 1}`.padStart(16, '0'),
              name: 'GET /',
              kind: 2,
              startTimeUnixNano: nanos(i % 48),
              endTimeUnixNano: nanos(i % 48),
            })),
          },
        ],
      },
    ],
  });
  const answer = await post('logs', {
    resourceLogs: [
      {
        scopeLogs: [{ logRecords: each((i) => ({ timeUnixNano: nanos(i % 48), body: { stringValue: `line ${i}` } })) }],
      },
    ],
  });
  return answer.status;
}

async function logsOf(tenant: string): Promise<number> {
  const { tables } = await instance.api<{ tables: { table: string; rows: number }[] }>(
    operator,
    'GET',
    '/api/v1/storage',
    undefined,
    { 'x-hanok-tenant': tenant },
  );
  return tables.find(({ table }) => table === 'logs')?.rows ?? 0;
}

const certificateFile = () =>
  readdirSync(join(instance.dataDir, 'certificates')).filter((name) => name.endsWith('.json'));

async function gone(tenant: string): Promise<string> {
  return eventually(
    `${tenant} is gone`,
    async () => {
      const answer = await fetch(`${instance.url}/api/v1/tenants/${tenant}`, {
        headers: { authorization: `Bearer ${operator}` },
      });
      const body = (await answer.json()) as { error?: { values?: { certificate?: string } } };
      return answer.status === 410 && body.error!.values!.certificate!;
    },
    240,
  );
}

let sentByNeighbour = 0;
const KINDS = ['pool', 'silo'] as const;

it.each(KINDS)(
  'makes a tenant of a %s, and deletes it although the program is killed in the middle',
  async (mode) => {
    const id = `leaving-${mode}`;
    const key = made(id, mode);
    expect(await send(key, 400)).toBe(200);
    expect(await send(instance.tenant('tenant-b').ingestKey, 100)).toBe(200);
    for (const tenant of [id, 'tenant-b']) await instance.openTenant(operator, tenant);
    await eventually('what was sent is there', async () => (await logsOf(id)) === 400, 60);
    sentByNeighbour += 100;
    const neighbour = sentByNeighbour;
    // All of them: an insert into several days is seen day by day.
    await eventually('the neighbour’s too', async () => (await logsOf('tenant-b')) === neighbour, 60);

    const refused = hanok('tenant', 'delete', id, '--confirm', id, '--reason', 'over', '--delay-hours', '0');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/control\.delete-unconfirmed/);
    // Once with a day to think about it, and back.
    expect(hanok('tenant', 'delete', id, '--confirm', id, '--reason', 'over').stdout).toMatch(/scheduled/);
    expect(await send(key, 1)).toBe(403);
    expect(hanok('tenant', 'undelete', id).stdout).toBe(`${id} is active.\n`);
    expect(await send(key, 1)).toBe(200);

    const asked = hanok(
      'tenant',
      'delete',
      id,
      '--confirm',
      id,
      '--reason',
      'over',
      '--delay-hours',
      '0',
      '--immediately',
    );
    expect(asked.stderr).toBe('');
    if (mode === 'pool')
      await eventually(
        'rows are being removed',
        async () => /rows removed/.test(hanok('tenant', 'show', id).stdout),
        60,
      );
    await instance.kill('SIGKILL');
    await instance.start();

    const certificate = await gone(id);
    const file = join(instance.dataDir, 'certificates', `${certificate}.json`);
    await eventually('the certificate is a file', async () => existsSync(file));
    const verified = hanok('certificate', 'verify', file);
    expect(verified.stderr).toBe('');
    expect(verified.stdout).toMatch(/is as it was signed/);
    const downloaded = join(instance.dataDir, 'downloaded.json');
    const answer = await fetch(`${instance.url}/api/v1/certificates/${certificate}`, {
      headers: { authorization: `Bearer ${operator}` },
    });
    writeFileSync(downloaded, await answer.text());
    expect(hanok('certificate', 'verify', downloaded).stderr).toBe('');
    const text = readFileSync(file, 'utf8');
    const { store } = (JSON.parse(text) as { certificate: { store: { tables: { table: string; rows: number }[] } } })
      .certificate;
    expect(store.tables).toContainEqual(expect.objectContaining({ table: 'logs', rows: 401 }));
    const forged = join(instance.dataDir, 'forged.json');
    writeFileSync(forged, text.replace('"reason": "over"', '"reason": "none"'));
    expect(hanok('certificate', 'verify', forged)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/signature/),
    });

    // The key is unknown now, the id is not given again, and the neighbour has what it had.
    expect(await send(key, 1)).toBe(401);
    const again = hanok('tenant', 'create', id, '--name', id, '--mode', mode, '--admin', `b@${id}.example`);
    expect(again.stderr).toMatch(/control\.tenant-id-used/);
    expect(await logsOf('tenant-b')).toBe(neighbour);
    for (const folder of ['engines', 'journal'])
      expect(existsSync(join(instance.dataDir, folder, `silo-${id}`))).toBe(false);
    expect(certificateFile()).toContain(`${certificate}.json`);
    expect(hanok('certificate', 'list').stdout).toContain(certificate);
  },
  360_000,
);

it('says clearly that nothing listens, and who is asked for', async () => {
  await instance.stop();
  expect(hanok('tenant', 'list')).toMatchObject({ status: 1, stderr: expect.stringMatching(/no Hanok answers at/) });
  expect(hanok('tenant', 'delete', 'tenant-b')).toMatchObject({ status: 1 });
  await instance.start();
  expect(hanok('tenant', 'list').stdout).toMatch(/tenant-a +Tenant A +silo +active/);
  expect(hanok('tenant', 'delete', 'tenant-b').stderr).toMatch(/asks for the id once more/);
}, 120_000);

/** A disk with less room than the reserve: refused before the body, said loudly, searches go on, and back by itself. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser } from './browser.ts';
import { eventually, type Instance, openInstance } from './instance.ts';

let instance: Instance;
const body = JSON.stringify({
  resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: [{ body: { stringValue: 'one more' } }] }] }],
});
const post = () =>
  fetch(`${instance.otlpHttp}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${instance.tenant('tenant-b').ingestKey}` },
    body,
  });

describe('a disk that is nearly full', () => {
  beforeAll(async () => {
    // No disk has a pebibyte free, so this one is "nearly full" from the start.
    instance = await openInstance({
      until: 'live',
      env: { HANOK_JOURNAL_DISK_RESERVE: '1024TiB', HANOK_LOG_LEVEL: 'error' },
    });
  });
  afterAll(async () => instance?.dispose());

  it('is answered with 503 and a hint, counted, and said in the ingest activity’s notices and by readiness', async () => {
    const answer = await eventually('a refusal', async () => {
      const one = await post();
      return one.status === 503 && one;
    });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(((await answer.json()) as { message: string }).message).toMatch(/disk|space|room/i);
    const token = await instance.login(instance.tenant('tenant-b').admin);
    const activity = await instance.api<{
      notices: Array<{ code: string; level: string }>;
      totals: { refused: number };
    }>(token, 'GET', '/api/v1/ingest-activity');
    expect(activity.notices).toContainEqual(expect.objectContaining({ code: 'journal.disk-full', level: 'critical' }));
    expect(activity.totals.refused).toBeGreaterThan(0);
    const ready = await fetch(`${instance.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { parts: Record<string, { ready: boolean }> }).parts['journal pool']).toMatchObject(
      { ready: false },
    );
  });

  it('does not keep anybody from searching', async () => {
    const token = await instance.login(instance.tenant('tenant-b').admin);
    await eventually(
      'an answer',
      async () => (await instance.api<{ rows: unknown[] }>(token, 'POST', '/api/v1/logs/search', {})).rows.length === 0,
    );
  });

  it.skipIf(browserPath === undefined)('stands on every screen', async () => {
    const token = await instance.login(instance.tenant('tenant-b').admin);
    const browser = await openBrowser();
    try {
      const context = await browser.newContext({ locale: 'en-US' });
      await context.addCookies([{ name: 'hanok_session', value: token, url: instance.url }]);
      const page = await context.newPage();
      for (const screen of ['home', 'logs']) {
        await page.goto(`${instance.url}/t/tenant-b/${screen}`);
        await page
          .getByRole('alert')
          .filter({ hasText: /disk|space|room/i })
          .first()
          .waitFor();
      }
    } finally {
      await browser.close();
    }
  });
});

it('closes when the disk fills and opens again by itself when there is room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hanok-full-'));
  const { bavail, bsize } = statfsSync(folder);
  // A drained journal is shut below 0.6 of the reserve and open again at a quarter more: free space lies above both, and
  // below the first with ballast.
  const free = bavail * bsize;
  const reserve = Math.floor(free / 1.4);
  const full = await openInstance({
    dataDir: folder,
    env: { HANOK_JOURNAL_DISK_RESERVE: String(reserve), HANOK_LOG_LEVEL: 'error' },
  });
  const ballast = join(folder, 'ballast');
  try {
    instance = full;
    expect((await post()).status).toBe(200);
    // Real blocks, at once: a sparse file would take no room.
    execFileSync('fallocate', ['-l', String(free - Math.floor(reserve / 2)), ballast]);
    await eventually('a refusal', async () => (await post()).status === 503);
    rmSync(ballast);
    await eventually('an acknowledgement', async () => (await post()).status === 200);
  } finally {
    rmSync(ballast, { force: true });
    await full.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
});

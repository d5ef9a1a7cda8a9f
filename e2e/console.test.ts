/** Who may what, as people see it: operators before a closed tenant, a role that an owner makes, a token made in the browser. */
import { DatabaseSync } from 'node:sqlite';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser } from './browser.ts';
import { type Instance, openInstance } from './instance.ts';
import { audit } from './screens.ts';

const PASSWORD = 'correct horse battery staple';

describe.skipIf(browserPath === undefined)('the consoles', () => {
  let instance: Instance;
  let browser: Browser;
  let operator: string;
  let owner: string;
  let contexts: BrowserContext[] = [];
  beforeAll(async () => {
    instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'error' } });
    browser = await openBrowser();
    operator = await instance.login(instance.bootstrap.operator);
    owner = await instance.login(instance.tenant('tenant-b').admin);
  });
  afterEach(async () => {
    for (const context of contexts) await context.close();
    contexts = [];
  });
  afterAll(async () => {
    await browser?.close();
    await instance?.dispose();
  });

  async function open(path: string, token: string): Promise<Page> {
    const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 } });
    contexts.push(context);
    await context.addInitScript(() =>
      localStorage.setItem('hanok.preferences', JSON.stringify({ theme: 'light', locale: 'en' })),
    );
    await context.addCookies([{ name: 'hanok_session', value: token, url: instance.url }]);
    const page = await context.newPage();
    await page.goto(instance.url + path);
    return page;
  }
  const navigation = (page: Page) => page.getByRole('navigation', { name: 'Main' }).getByRole('link');

  it("shows an operator nothing of a tenant's logs until it is opened, and again nothing when it ends", async () => {
    const page = await open('/t/tenant-b/logs', operator);
    await page.getByRole('heading', { name: 'Tenant B is closed to you' }).waitFor();
    expect(await page.locator('[data-search]').count()).toBe(0);
    expect(await audit(page)).toEqual([]);
    await page.getByLabel('Reason').fill('Ticket 4711: logs are missing since noon');
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await page.getByText('You see this tenant as Viewer').waitFor();
    await page.locator('[data-search]').first().waitFor();

    // The tenant ends it: the screen notices without a click, or with the next question at the latest.
    const { access } = await instance.api<{ access: Array<{ id: string; endedAt: string | null }> }>(
      owner,
      'GET',
      '/api/v1/operator-access',
    );
    await instance.api(owner, 'DELETE', `/api/v1/operator-access/${access.find(({ endedAt }) => !endedAt)!.id}`);
    await page.getByRole('heading', { name: 'Tenant B is closed to you' }).waitFor({ timeout: 20_000 });
  });

  it('notices by itself that the time of an access is over', async () => {
    await instance.openTenant(operator, 'tenant-b');
    const ends = Date.now() + 8_000;
    const database = new DatabaseSync(`${instance.dataDir}/control.db`, { timeout: 5_000 });
    database.exec(`update operator_access set ends_at = ${ends} where ended_at is null`);
    database.close();
    // Nothing is asked or streamed on this screen: only the clock tells.
    const page = await open('/t/tenant-b/settings/keys', operator);
    await page.getByText('You see this tenant as Administrator').waitFor();
    await page.getByRole('heading', { name: 'Tenant B is closed to you' }).waitFor({ timeout: 15_000 });
    expect(Date.now() - ends).toBeLessThan(5_000);
    expect(Date.now()).toBeGreaterThan(ends);
  });

  it('lets an owner make a role and give it; its member sees what it allows, and why not the rest', async () => {
    const page = await open('/t/tenant-b/settings/roles', owner);
    await page.getByRole('button', { name: 'Make a role' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Log readers');
    await dialog.getByRole('checkbox', { name: 'Search logs and follow them live' }).check();
    expect(await audit(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Make a role' }).click();
    await page.getByText('Role Log readers made').waitFor();

    await instance.api(owner, 'POST', '/api/v1/users', {
      email: 'reader@b.example',
      role: 'viewer',
      password: PASSWORD,
    });
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('button', { name: 'Actions for reader@b.example' }).click();
    await page.getByRole('menuitem', { name: 'Change role' }).click();
    await page.getByRole('dialog').getByLabel('Role').selectOption({ label: 'Log readers' });
    await page.getByRole('dialog').getByRole('button', { name: 'Change role' }).click();
    await page.getByText('Role of reader@b.example: Log readers').waitFor();

    const reader = await open('/t/tenant-b', await instance.login({ email: 'reader@b.example', password: PASSWORD }));
    await reader.waitForURL(/\/t\/tenant-b\/logs/);
    await navigation(reader).filter({ hasText: 'Logs' }).waitFor();
    expect((await navigation(reader).allInnerTexts()).filter((text) => text !== '')).toEqual(['Logs', 'Settings']);
    await reader.goto(`${instance.url}/t/tenant-b/traces`);
    await reader.getByText('it lacks traces.read').waitFor();
    await reader.goto(`${instance.url}/t/tenant-b/settings/tokens`);
    await reader.getByText('it lacks tokens.read').waitFor();
    expect(
      await reader.getByRole('navigation', { name: 'Sections of the settings' }).getByRole('link').allInnerTexts(),
    ).toEqual(['People']);
  });

  it('makes a token that works from a program, and stops when it is revoked', async () => {
    const page = await open('/t/tenant-b/settings/tokens', owner);
    await page.getByRole('button', { name: 'Make a token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('nightly report');
    await dialog.getByRole('checkbox', { name: 'See which ingest keys there are' }).check();
    await dialog.getByRole('button', { name: 'Make a token' }).click();
    await page.getByRole('heading', { name: 'Token nightly report made' }).waitFor();
    const secret = /ht_[\w-]{43}/.exec(await dialog.innerText())![0];
    const status = (path: string) =>
      fetch(instance.url + path, { headers: { authorization: `Bearer ${secret}` } }).then((answer) => answer.status);
    expect(await status('/api/v1/keys')).toBe(200);
    expect(await status('/api/v1/users')).toBe(403);
    await dialog.getByRole('button', { name: 'I have saved it' }).click();
    await page.getByRole('button', { name: 'Revoke nightly report' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Token nightly report revoked').waitFor();
    expect(await status('/api/v1/keys')).toBe(401);
  });
});

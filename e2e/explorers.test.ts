/** Logs and traces in a real browser: the keyboard from the page, facets, context, what is shown where nothing is, phones. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserPath } from './browser.ts';
import { type OpenOptions, openScreens, type Screens } from './screens.ts';

describe.skipIf(browserPath === undefined)('the explorers', () => {
  let screens: Screens;
  let page: Page;
  beforeAll(async () => {
    screens = await openScreens();
  });
  afterAll(() => screens?.close());
  afterEach(async () => expect(await screens.leave()).toEqual([]));

  const open = async (path: string, options?: OpenOptions) => {
    page = await screens.open(`/t/tenant-b${path}`, options);
  };
  const grid = () => page.getByRole('grid').first();
  const rows = () => grid().locator('[role=rowgroup] [role=row]');
  /** The row that the grid names as its current one: what a screen reader says. */
  const current = () =>
    page.evaluate(() => {
      const at = document.activeElement?.getAttribute('aria-activedescendant');
      return at ? (document.getElementById(at)?.textContent ?? null) : null;
    });

  it('walk logs with j, k and Enter from the page, and say the current row', async () => {
    await open('/logs');
    await rows().nth(3).waitFor();
    const texts = await rows().allTextContents();
    await page.locator('h1').click();
    await page.keyboard.press('j');
    expect(await current()).toBe(texts[0]);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await current()).toBe(texts[1]);
    expect(page.url()).not.toContain('log=');
    await page.keyboard.press('Enter');
    await page.waitForURL(/log=/);
    const panel = page.getByRole('region', { name: 'Selected line' });
    await panel.waitFor();
    const first = await panel.textContent();
    // With the panel open it follows the cursor.
    await page.keyboard.press('j');
    await page.waitForFunction(
      (before) => document.querySelector('section[aria-label="Selected line"]')?.textContent !== before,
      first,
    );
    expect(await current()).toBe(texts[2]);
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('log'));
    // The list has the focus again, where it was.
    expect(await current()).toBe(texts[2]);
  });

  it('walk traces from the page and open one', async () => {
    await open('/traces');
    await rows().nth(3).waitFor();
    const texts = await rows().allTextContents();
    await page.locator('h1').click();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await current()).toBe(texts[1]);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/traces\/[0-9a-f]{32}/);
  });

  it('walk a trace at once, from a list and by a link, and keep the place when the panel closes', async () => {
    const at = () => page.evaluate(() => document.activeElement?.getAttribute('aria-activedescendant') ?? null);
    const panel = () => page.getByRole('region', { name: 'Selected span' });
    await open('/traces?query=name%3A%22POST%20%2Fcheckout%22');
    await rows().nth(1).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/traces\/[0-9a-f]{32}/);
    await panel().waitFor();
    const first = await at();
    expect(first).toMatch(/^span-/);
    await page.keyboard.press('j');
    expect(await at()).not.toBe(first);
    await page.keyboard.press('Escape');
    await panel().waitFor({ state: 'detached' });

    await open(`/traces/${screens.sent.slowTrace}`);
    await page.getByRole('treeitem').nth(3).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await at()).toBe('span-1');
    // Walking alone opens nothing.
    expect(new URL(page.url()).searchParams.has('span')).toBe(false);
    await page.keyboard.press('Enter');
    await panel().waitFor();
    await panel().getByRole('button', { name: 'Close panel' }).click();
    await panel().waitFor({ state: 'detached' });
    expect(await at()).toBe('span-1');
    await page.keyboard.press('/');
    await page.keyboard.type('stock');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    expect(await at()).toBe('span-3');
  });

  it('write a stretch of the heat map as durations that people read', async () => {
    await open('/traces?query=status%3Aunset');
    await rows().nth(3).waitFor();
    const box = (await page.locator('canvas').first().boundingBox())!;
    await page.mouse.move(box.x + 80, box.y + box.height - 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 4, box.y + box.height - 30, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/query=status.*duration/);
    expect(new URL(page.url()).searchParams.get('query')).toMatch(
      /^status:unset duration:\[[\d.]{1,5}(us|ms|s) TO [\d.]{1,5}(us|ms|s)\}$/,
    );
  });

  it('offer attributes that the records have as facets, which stay until they are put away', async () => {
    await open('/logs');
    const facets = page.getByRole('navigation', { name: 'Filter by value' });
    await facets.locator('li').first().waitFor();
    await facets.getByRole('searchbox').fill('custom');
    await facets.getByRole('button', { name: 'customer' }).click();
    await facets.getByRole('searchbox').fill('');
    const own = facets.locator('section', { hasText: /^customer/ });
    await own
      .getByRole('button', { name: /^c-\d+/ })
      .first()
      .click();
    await page.waitForURL((url) => /^customer:c-\d+$/.test(url.searchParams.get('query') ?? ''));
    await page.reload();
    await own.locator('[aria-pressed=true]').waitFor();
    await own.getByRole('button', { name: 'Remove customer' }).click();
    await own.waitFor({ state: 'detached' });
  });

  it('show what cannot be seen, and copy what was sent', async () => {
    const evil = 'pay\u202etnem';
    const now = String(BigInt(Date.now()) * 1_000_000n);
    const { ingestKey } = screens.instance.tenant('tenant-b');
    await fetch(`${screens.instance.otlpHttp}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` },
      body: JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: evil } }] },
            scopeLogs: [
              {
                logRecords: [
                  {
                    timeUnixNano: now,
                    body: { stringValue: `unseen ${evil}` },
                    attributes: [{ key: 'exception.stacktrace', value: { stringValue: `at ${evil}\n  at b` } }],
                  },
                ],
              },
            ],
          },
        ],
      }),
    });
    await open('/logs?query=unseen');
    await rows().first().waitFor({ timeout: 10_000 });
    const told = 'pay\\u202etnem';
    expect(await rows().first().textContent()).toContain(`${told}unseen ${told}`);
    await rows().first().click();
    const panel = page.getByRole('region', { name: 'Selected line' });
    await panel.getByRole('button', { name: 'Copy' }).first().click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`at ${evil}\n  at b`);
    await panel.getByRole('button', { name: 'Only this value: service.name' }).click();
    await page.waitForURL(/service.name/);
    await rows().first().waitFor();
    expect(await page.evaluate(() => document.body.innerText)).not.toContain('\u202e');
    expect(await page.evaluate(() => document.body.innerText)).toContain(told);
  });

  it('let several values of a facet be chosen, each with its count', async () => {
    await open('/logs');
    const facets = page.getByRole('navigation', { name: 'Filter by value' });
    const value = (name: string) =>
      facets
        .locator('li', { hasText: new RegExp(`^${name}`) })
        .getByRole('button')
        .first();
    await value('error').waitFor();
    const counts = async () =>
      Object.fromEntries(
        (await facets.locator('section').first().locator('li').allTextContents()).map((text) => {
          const [, name, count] = /^([a-z]+)([\d.k]+)$/.exec(text) ?? [];
          return [name, count];
        }),
      );
    const all = await counts();
    expect(Object.keys(all)).toEqual(expect.arrayContaining(['info', 'debug', 'error', 'warn']));
    await value('error').click();
    await page.waitForURL((url) => url.searchParams.get('query') === 'level:error');
    await page.waitForFunction(() => document.querySelector('nav[aria-busy=false] [aria-pressed=true]') !== null);
    // The facet does not filter itself.
    expect(await counts()).toEqual(all);
    await value('warn').click();
    await page.waitForURL((url) => url.searchParams.get('query') === 'level:(error OR warn)');
    await page.waitForFunction(() => {
      const found = [...document.querySelectorAll('[role=grid] [role=rowgroup] [role=row]')];
      return found.length > 0 && found.every((row) => /error|warn/.test(row.textContent ?? ''));
    });
    await value('error').click();
    await page.waitForURL((url) => url.searchParams.get('query') === 'level:warn');
  });

  it('count in the facets of traces what the list lists, and offer all spans where the view hides the matches', async () => {
    await open('/traces?view=roots');
    await rows().nth(1).waitFor();
    const names = () =>
      page.getByRole('navigation', { name: 'Filter by value' }).locator('section', { hasText: /^name/ }).locator('li');
    expect((await names().allTextContents()).join()).not.toContain('SELECT');
    await page.goto(`${screens.instance.url}/t/tenant-b/traces?query=name%3A%22SELECT%20stock%22`);
    const all = page.getByRole('button', { name: 'Show all spans' });
    await all.waitFor();
    await all.click();
    await page.waitForURL(/view=spans/);
    await rows().first().waitFor();
    expect(await rows().first().textContent()).toContain('SELECT stock');
    expect((await names().allTextContents()).join()).toContain('SELECT stock');
  });

  it('offer the next wider range that has matches', async () => {
    const to = new Date(Date.now() - 26 * 3_600_000).toISOString();
    const from = new Date(Date.now() - 27 * 3_600_000).toISOString();
    await open(`/logs?query=level%3Aerror&from=${from}&to=${to}`);
    await page.getByRole('button', { name: 'Show: Last 7 days' }).click();
    await page.waitForURL(/from=now-7d/);
    await rows().first().waitFor();
    expect(await rows().first().textContent()).toContain('error');
    await page.goto(`${screens.instance.url}/t/tenant-b/logs?query=nosuchwordanywhere`);
    await page.getByText('nor in the last 90 days').waitFor();
  });

  it('show a line whole and in the middle of the lines around it', async () => {
    await open('/logs?query=service.name%3Afront&tab=context');
    await rows().nth(3).waitFor();
    await rows().nth(2).click();
    const context = page.getByRole('grid', { name: 'Context' });
    const origin = context.locator('[aria-current=true]');
    await origin.waitFor();
    await page.waitForTimeout(400);
    const [frame, line] = [await context.boundingBox(), await origin.boundingBox()];
    const middle = line!.y + line!.height / 2 - (frame!.y + frame!.height / 2);
    expect(Math.abs(middle)).toBeLessThan(frame!.height / 8);
    // Messages wrap: none is wider than the list.
    const wide = await context.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(wide).toBeLessThanOrEqual(0);
  });

  it('say once what is wrong: the place in the query, the server away and then back', async () => {
    await open('/logs?query=level%3Aerror%20AND%20(');
    const alerts = page.getByRole('alert').filter({ hasText: /./ });
    await alerts.first().waitFor();
    expect(await alerts.count()).toBe(1);
    expect(await page.locator('mark').textContent()).toBe('(');
    expect(await page.getByText('never closed').count()).toBe(1);

    await page.route(/\/api\/v1\/(logs|traces)\//, (route) => route.abort());
    await page.goto(`${screens.instance.url}/t/tenant-b/logs`);
    await page.getByText(/Trying again in \d/).waitFor({ timeout: 20_000 });
    expect(await alerts.count()).toBe(1);
    await page.unroute(/\/api\/v1\/(logs|traces)\//);
    // Nobody presses anything.
    await rows().nth(3).waitFor({ timeout: 20_000 });
    expect(await alerts.count()).toBe(0);
  });

  it('lead to the login page when the session ends, and back to the same screen', async () => {
    const admin = screens.instance.tenant('tenant-b').admin;
    const token = await screens.instance.login(admin);
    await open('/logs?query=level%3Aerror&from=now-6h&to=now', {
      before: async (_, context) => {
        await context.addCookies([{ name: 'hanok_session', value: token, url: screens.instance.url }]);
      },
    });
    await rows().first().waitFor();
    const { pathname, searchParams } = new URL(page.url());
    await screens.instance.api(token, 'POST', '/api/v1/logout', {});
    // The stream of the ingest activity is told of the end, too, and may lead away before the button is pressed.
    await Promise.race([
      page.waitForURL(/\/login/),
      page
        .getByRole('button', { name: 'Refresh now' })
        .dispatchEvent('click')
        .then(() => page.waitForURL(/\/login/)),
    ]);
    await page.getByText('Your session has ended').waitFor();
    await page.locator('input[type=email]').fill(admin.email);
    await page.locator('input[type=password]').fill(admin.password);
    await page.keyboard.press('Enter');
    await page.waitForURL(
      (url) => url.pathname === pathname && url.searchParams.toString() === searchParams.toString(),
    );
    await rows().first().waitFor();
  });

  it('copy a link that shows others the same range', async () => {
    await open('/logs?query=level%3Aerror');
    await rows().first().waitFor();
    // Also the address bar says which range was seen, as the reader chose it.
    expect(new URL(page.url()).searchParams.get('from')).toBe('now-1h');
    await page.locator('h1').click();
    await page.keyboard.press('y');
    await page.getByText('Link copied').waitFor();
    const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    expect(link.searchParams.get('query')).toBe('level:error');
    const [from, to] = ['from', 'to'].map((name) => Date.parse(link.searchParams.get(name) ?? ''));
    expect(to! - from!).toBeGreaterThan(3_590_000);
    expect(to! - from!).toBeLessThan(3_610_000);
    expect(Math.abs(to! - Date.now())).toBeLessThan(30_000);
  });

  it('go on counting while the list is live', async () => {
    await open('/logs?live=1&query=goeson');
    const total = page.getByText(/^\d+ lines?$/).first();
    await total.waitFor();
    const { ingestKey } = screens.instance.tenant('tenant-b');
    const now = String(BigInt(Date.now()) * 1_000_000n);
    await fetch(`${screens.instance.otlpHttp}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` },
      body: JSON.stringify({
        resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: now, body: { stringValue: 'goeson' } }] }] }],
      }),
    });
    await page.getByText('1 line', { exact: true }).waitFor({ timeout: 15_000 });
    await page.getByRole('navigation', { name: 'Filter by value' }).locator('li').first().waitFor();
  });

  it('show lines of the live list in the order of their time', async () => {
    await open('/logs?live=1');
    await page.getByRole('button', { name: 'Live' }).waitFor();
    await page.waitForTimeout(500);
    const now = BigInt(Date.now()) * 1_000_000n;
    const { ingestKey } = screens.instance.tenant('tenant-b');
    await fetch(`${screens.instance.otlpHttp}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` },
      body: JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes: [] },
            scopeLogs: [
              {
                logRecords: [3, 1, 4, 2, 0].map((i) => ({
                  timeUnixNano: String(now + BigInt(i) * 1_000_000n),
                  body: { stringValue: `live line ${i}` },
                })),
              },
            ],
          },
        ],
      }),
    });
    await page.getByText('live line 4').first().waitFor({ timeout: 5_000 });
    const shown = (await rows().allTextContents()).map((text) => /live line \d/.exec(text)?.[0]).filter(Boolean);
    expect(shown).toEqual([4, 3, 2, 1, 0].map((i) => `live line ${i}`));
  });

  /** Elements that scroll although all but a few pixels fit: a scrollbar that nobody needs. */
  const needless = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) => {
        const { overflowX, overflowY } = getComputedStyle(element);
        const x = element.scrollWidth - element.clientWidth;
        const y = element.scrollHeight - element.clientHeight;
        const bad =
          (overflowX === 'auto' && x > 0 && x < 24) ||
          (overflowY === 'auto' && y > 0 && y < 12) ||
          (overflowX === 'scroll' && x <= 0) ||
          (overflowY === 'scroll' && y <= 0);
        return bad ? [`${element.tagName} ${element.className} ${x} ${y}`] : [];
      }),
    );
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const)
    it(`have no scrollbar without overflow at ${width} × ${height}`, async () => {
      const found: string[] = [];
      await open('/home', { width, height });
      await screens.walk(page, async (path) => {
        found.push(...(await needless()).map((one) => `${path}: ${one}`));
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      });
      expect(found).toEqual([]);
    });

  it('show message, duration and status on a phone without scrolling sideways', async () => {
    await open('/logs', { width: 390, height: 844 });
    await rows().nth(3).waitFor();
    const inside = (cell: string) =>
      rows()
        .nth(1)
        .locator(`[data-column=${cell}]`)
        .evaluate((element) => {
          const box = element.getBoundingClientRect();
          return box.left >= 0 && box.right <= innerWidth && box.width > 0 && (element.textContent ?? '') !== '';
        });
    expect(await inside('message')).toBe(true);
    await rows().nth(1).click();
    await page.getByRole('region', { name: 'Selected line' }).waitFor();
    // The line has the whole screen; closing it leads back to the list.
    expect(await grid().isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Close panel' }).click();
    await rows().nth(1).waitFor();
    await page.goto(`${screens.instance.url}/t/tenant-b/traces`);
    await rows().nth(3).waitFor();
    for (const cell of ['name', 'duration', 'status']) expect(await inside(cell)).toBe(true);
  });
});

/** The screens in a real browser on the real program: found by keyboard, in both languages and themes, without axe findings. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserPath } from './browser.ts';
import { eventually, type Instance } from './instance.ts';
import { audit, type OpenOptions, openScreens, type Screens } from './screens.ts';
import type { Sent } from './telemetry.ts';

describe.skipIf(browserPath === undefined)('screens', () => {
  let screens: Screens;
  let instance: Instance;
  let sent: Sent;
  let page: Page;

  beforeAll(async () => {
    screens = await openScreens();
    ({ instance, sent } = screens);
  });
  afterAll(() => screens?.close());
  afterEach(async () => expect(await screens.leave()).toEqual([]));

  async function open(path: string, options?: OpenOptions): Promise<Page> {
    page = await screens.open(path, options);
    return page;
  }

  for (const theme of ['light', 'dark'] as const) {
    for (const locale of ['en', 'ko'] as const) {
      it(`have no serious axe finding: ${theme}, ${locale}`, { timeout: 240_000 }, async () => {
        const findings: string[] = [];
        await open('/t/tenant-b/home', { theme, locale });
        await screens.walk(page, async (path) => {
          expect(await page.locator('html').getAttribute('data-theme')).toBe(theme);
          expect(await page.locator('html').getAttribute('lang')).toBe(locale);
          // A message that is not there would be shown by its id; names of permissions are shown where roles are.
          const ids = /\b(?:app|kit|time|settings|access|metrics|trace)\.(?!(?:read|write)\b)[a-z]+[a-zA-Z.]*/.exec(
            await page.locator('body').innerText(),
          );
          expect(ids?.[0], path).toBeUndefined();
          findings.push(...(await audit(page)).map((one) => `${path}: ${one}`));
        });
        expect(findings).toEqual([]);
      });
    }
  }

  it('lead from sign-in to the slow query and the lines of that very request, with the keyboard alone', async () => {
    await open('/', { signedIn: false });
    await page.waitForURL(/\/login/);
    const { email, password } = instance.tenant('tenant-b').admin;
    // The first field has the focus.
    await page.locator('input').first().waitFor();
    await page.keyboard.type(email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/t\/tenant-b\/home/);

    await page.getByRole('navigation').first().waitFor();
    await page.getByText('orders').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.waitForURL(/\/t\/tenant-b\/traces/);
    await page.locator('[data-search]').first().waitFor();
    await page.keyboard.press('/');
    await page.locator('.cm-content').waitFor();
    await page.keyboard.type('duration:>1s name:"SELECT stock"');
    await page.keyboard.press('Enter');
    await page.waitForURL(/query=duration/);
    // "Entry points" is the default view and a database call is not one.
    await page.getByRole('tab', { name: 'All spans' }).focus();
    await page.keyboard.press('Enter');
    const grid = page.getByRole('grid');
    // The list before stays, dimmed, until the answer is there.
    await page.waitForFunction(() => {
      const rows = [...document.querySelectorAll('[role=grid] [role=rowgroup] [role=row]')];
      return rows.length > 0 && rows.every((row) => row.textContent?.includes('SELECT stock'));
    });
    await grid.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/traces\/[0-9a-f]{32}/);
    await page.getByText('pg_sleep').first().waitFor();
    await page.getByRole('tab', { name: /^Overview/ }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page
      .getByText(/느린 쿼리: SELECT stock took \d+ ms/)
      .first()
      .waitFor();
  });

  it('keep what is seen in the address: reload shows the same, back returns', async () => {
    await open('/t/tenant-b/logs');
    await page.getByRole('grid').locator('[role=row]').nth(3).waitFor();
    await page.getByRole('button', { name: /error/ }).first().click();
    await page.waitForURL(/query=level/);
    await page.getByRole('grid').locator('[role=row]').nth(1).click();
    await page.waitForURL(/log=/);
    const shown = await page.getByRole('region', { name: 'Selected line' }).textContent();
    await page.reload();
    await page.getByRole('region', { name: 'Selected line' }).waitFor();
    expect(await page.getByRole('region', { name: 'Selected line' }).textContent()).toBe(shown);
    await page.goBack();
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes('query='));
  });

  it('do not run a query while Hangul is being composed', async () => {
    await open('/t/tenant-b/logs', { locale: 'ko' });
    await page.getByRole('grid').locator('[role=row]').nth(3).waitFor();
    await page.locator('[data-search]').first().focus();
    await page.locator('.cm-content').waitFor();
    const session = await page.context().newCDPSession(page);
    await session.send('Input.imeSetComposition', { text: '결', selectionStart: 1, selectionEnd: 1 });
    await session.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Process',
      code: 'Enter',
      windowsVirtualKeyCode: 229,
    });
    await page.waitForTimeout(300);
    expect(page.url()).not.toContain('query=');
    await session.send('Input.insertText', { text: '결제' });
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('query')?.startsWith('결제') === true);
    const rows = page.getByRole('grid').locator('[role=row]');
    await rows.nth(1).waitFor();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[role=grid] [role=rowgroup] [role=row]')].every((row) =>
        row.textContent?.includes('결제'),
      ),
    );
  });

  it('say where a query is wrong and do not run it', async () => {
    await open('/t/tenant-b/logs');
    await page.locator('[data-search]').first().focus();
    await page.locator('.cm-content').waitFor();
    await page.keyboard.type('level:error AND (');
    await page.keyboard.press('Enter');
    await page.locator('[role=status] strong').first().waitFor();
    await page.waitForTimeout(200);
    expect(page.url()).not.toContain('query=');
  });

  it('show lines as they arrive', async () => {
    await open('/t/tenant-b/logs?live=1');
    await page.getByRole('button', { name: 'Live' }).waitFor();
    await page.waitForTimeout(500);
    const { ingestKey } = instance.tenant('tenant-b');
    await fetch(`${instance.otlpHttp}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` },
      body: JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes: [] },
            scopeLogs: [{ logRecords: [{ body: { stringValue: 'a line pushed to the screen' } }] }],
          },
        ],
      }),
    });
    await page.getByText('a line pushed to the screen').first().waitFor({ timeout: 5_000 });
  });

  it('draw a trace of 10,000 spans and walk it', async () => {
    const traceId = 'd'.repeat(32);
    const now = BigInt(Date.now()) * 1_000_000n;
    const spans = Array.from({ length: 10_000 }, (_, i) => ({
      traceId,
      spanId: (i + 1).toString(16).padStart(16, '0'),
      ...(i === 0 ? {} : { parentSpanId: (Math.floor((i - 1) / 4) + 1).toString(16).padStart(16, '0') }),
      name: `step ${i}`,
      kind: 1,
      startTimeUnixNano: String(now - 10_000_000_000n + BigInt(i) * 500_000n),
      endTimeUnixNano: String(
        now - 10_000_000_000n + BigInt(i) * 500_000n + 4_000_000n + BigInt(10_000 - i) * 100_000n,
      ),
    }));
    const { ingestKey } = instance.tenant('tenant-b');
    const answer = await fetch(`${instance.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` },
      body: JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'deep' } }] },
            scopeSpans: [{ spans }],
          },
        ],
      }),
    });
    expect(answer.status).toBe(200);
    const token = await instance.login(instance.tenant('tenant-b').admin);
    await eventually(
      'the trace',
      async () =>
        (await instance.api<{ total: number }>(token, 'GET', `/api/v1/traces/${traceId}?limit=1`)).total === 10_000,
    );
    await open(`/t/tenant-b/traces/${traceId}`);
    const tree = page.getByRole('tree');
    await tree.waitFor();
    expect(await tree.getAttribute('data-spans')).toBe('10000');
    // Only what is in view is in the document.
    expect(await page.getByRole('treeitem').count()).toBeLessThan(120);
    await tree.focus();
    await page.keyboard.press('End');
    // The last in order of the tree, wherever it began.
    await page.locator('#span-9999[aria-selected=true]').waitFor();
  });

  it('change their language where they are, the words of the open screen too', async () => {
    await open('/t/tenant-b/settings/keys');
    await page.getByRole('button', { name: 'Create a key' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: '한국어로 보기' }).click();
    await page.getByRole('button', { name: '키 만들기' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ko');
  });

  it('of one tenant are not there for another', async () => {
    const context = await screens.browser.newContext();
    const token = await instance.login(instance.tenant('tenant-a').admin);
    await context.addCookies([{ name: 'hanok_session', value: token, url: instance.url }]);
    page = await context.newPage();
    await page.goto(`${instance.url}/t/tenant-b/traces/${sent.slowTrace}`);
    await page.locator('h1, h2, h3').first().waitFor();
    await page.waitForTimeout(500);
    expect(await page.locator('body').textContent()).not.toMatch(/checkout|pg_sleep|stock/);
    await context.close();
  });

  it('fit a phone', async () => {
    await open('/t/tenant-b/services', { width: 390 });
    await page.locator('h1').first().waitFor();
    await page.waitForTimeout(500);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});

/** A browser with the real program behind it, signed in, with a small shop's telemetry: what every suite of screens needs. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { browserPath, openBrowser } from './browser.ts';
import { eventually, type Instance, openInstance } from './instance.ts';
import { type Sent, sendShop } from './telemetry.ts';

const axeSource = browserPath
  ? readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  : '';

export interface OpenOptions {
  readonly theme?: 'light' | 'dark';
  readonly locale?: 'en' | 'ko';
  readonly width?: number;
  readonly height?: number;
  readonly signedIn?: boolean;
  /** Called with the page before it goes anywhere. */
  readonly before?: (page: Page, context: BrowserContext) => Promise<void>;
}

export interface Screens {
  readonly instance: Instance;
  readonly sent: Sent;
  readonly browser: Browser;
  /** A page of its own context at this path of the tenant with the shop. */
  open(path: string, options?: OpenOptions): Promise<Page>;
  /** Leads the page to every screen of the tenant with the shop, one after another, and calls `look` when it is drawn. */
  walk(page: Page, look: (path: string) => Promise<void>): Promise<void>;
  /** Closes what `open` opened and tells what the pages complained about. */
  leave(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Below the tenant; the trace has its id behind it. */
const SCREENS = [
  '/home',
  '/services',
  '/services/orders',
  '/traces',
  '/logs',
  '/metrics',
  '/metrics?metric=http.server.request.duration',
  '/settings/keys',
  '/settings/storage',
  '/settings/people',
  '/settings/roles',
  '/settings/tokens',
  '/settings/posture',
  '/settings/access',
  '/settings/audit',
] as const;
/** Until charts and tables of a screen stand. */
const DRAWN_MS = 900;

export async function openScreens(): Promise<Screens> {
  const instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'error' } });
  const sent = await sendShop(instance, 'tenant-b');
  const token = await instance.login(instance.tenant('tenant-b').admin);
  await eventually(
    'the shop is there',
    async () => (await instance.api<{ total: number }>(token, 'POST', '/api/v1/logs/histogram', {})).total > 500,
  );
  const browser = await openBrowser();
  const complaints: string[] = [];
  let contexts: BrowserContext[] = [];

  return {
    instance,
    sent,
    browser,
    async open(path, options = {}) {
      const context = await browser.newContext({
        viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
        colorScheme: options.theme ?? 'light',
        reducedMotion: 'reduce',
        locale: options.locale === 'ko' ? 'ko-KR' : 'en-US',
        timezoneId: 'Asia/Seoul',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      contexts.push(context);
      const preferences = JSON.stringify({ theme: options.theme ?? 'light', locale: options.locale ?? 'en' });
      // Once: a reload must find what the reader has chosen since.
      await context.addInitScript((text) => {
        if (localStorage.getItem('hanok.preferences') === null) localStorage.setItem('hanok.preferences', text);
      }, preferences);
      if (options.signedIn !== false)
        await context.addCookies([{ name: 'hanok_session', value: token, url: instance.url }]);
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && !/401|Failed to load resource/.test(message.text()))
          complaints.push(`console: ${message.text().slice(0, 300)}`);
      });
      await options.before?.(page, context);
      await page.goto(instance.url + path);
      return page;
    },
    async walk(page, look) {
      for (const path of [...SCREENS, `/traces/${sent.slowTrace}`]) {
        await page.goto(`${instance.url}/t/tenant-b${path}`);
        await page.locator('h1').first().waitFor();
        await page.waitForLoadState('load');
        await page.waitForTimeout(DRAWN_MS);
        await look(path);
      }
    },
    async leave() {
      for (const context of contexts) await context.close();
      contexts = [];
      return complaints.splice(0);
    },
    async close() {
      await browser.close();
      await instance.dispose();
    },
  };
}

/** Serious and critical findings of axe on what is shown now. */
export async function audit(page: Page): Promise<string[]> {
  // The page's own policy forbids injected scripts; evaluating through the debugger is not bound by it.
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const axe = (
      globalThis as unknown as {
        axe: {
          run(options: object): Promise<{
            violations: Array<{
              id: string;
              impact: string;
              nodes: Array<{ html: string; any: Array<{ message: string }> }>;
            }>;
          }>;
        };
      }
    ).axe;
    const { violations } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] });
    return violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map(
        (one) =>
          `${one.id}: ${one.nodes
            .slice(0, 3)
            .map((node) => `${node.html.slice(0, 140)} (${node.any[0]?.message ?? ''})`)
            .join(' | ')}`,
      );
  });
  return found;
}

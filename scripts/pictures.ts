/** `node scripts/pictures.ts`: takes the pictures of the README from the real program with a small shop's telemetry. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from '../e2e/browser.ts';
import { eventually, openInstance, root } from '../e2e/instance.ts';
import { sendShop } from '../e2e/telemetry.ts';

const folder = process.argv[2] ?? join(root, 'docs', 'pictures');
mkdirSync(folder, { recursive: true });
const instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'error' } });
const browser = await openBrowser();
try {
  const sent = await sendShop(instance, 'tenant-b', 480);
  const token = await instance.login(instance.tenant('tenant-b').admin);
  await eventually(
    'the shop',
    async () => (await instance.api<{ total: number }>(token, 'POST', '/api/v1/logs/histogram', {})).total > 900,
  );
  const shots: ReadonlyArray<
    readonly [
      string,
      string,
      { readonly theme?: 'light' | 'dark'; readonly locale?: 'en' | 'ko'; readonly click?: string },
    ]
  > = [
    ['home', '/home', {}],
    ['services', '/services', {}],
    ['service', '/services/orders', { theme: 'dark' }],
    ['traces', '/traces?view=spans', {}],
    ['trace', `/traces/${sent.slowTrace}`, { click: '[role=treeitem] >> nth=3' }],
    ['logs', '/logs', { click: '[role=grid] [role=rowgroup] [role=row] >> nth=5' }],
    ['metrics', '/metrics?metric=http.server.request.duration', {}],
    ['home-ko-dark', '/home', { theme: 'dark', locale: 'ko' }],
    ['logs-ko-dark', '/logs?query=level%3A(error%20OR%20warn)', { theme: 'dark', locale: 'ko' }],
    ['storage', '/settings/storage', {}],
  ];
  for (const [name, path, { theme = 'light', locale = 'en', click }] of shots) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      colorScheme: theme,
      locale: locale === 'ko' ? 'ko-KR' : 'en-US',
    });
    await context.addInitScript(
      (text) => localStorage.setItem('hanok.preferences', text),
      JSON.stringify({ theme, locale }),
    );
    await context.addCookies([{ name: 'hanok_session', value: token, url: instance.url }]);
    const page = await context.newPage();
    page.on('pageerror', (error) => console.error(`${name}: ${error.message}`));
    page.on(
      'response',
      (response) => response.status() >= 400 && console.error(`${name}: ${response.status()} ${response.url()}`),
    );
    await page.goto(`${instance.url}/t/tenant-b${path}`);
    await page.waitForTimeout(2_000);
    if (click) {
      await page
        .locator(click)
        .first()
        .click({ timeout: 5_000 })
        .catch((error: Error) => console.error(`${name}: ${error.message.split('\n')[0]}`));
      await page.waitForTimeout(1_000);
    }
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await context.close();
    console.log(name);
  }
} finally {
  await browser.close();
  await instance.dispose();
}

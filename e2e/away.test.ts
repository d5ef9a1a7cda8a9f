/** The screens while the server does not answer, many tabs on six connections, and what gives its connection back while hidden. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserPath } from './browser.ts';
import { eventually } from './instance.ts';
import { openScreens, type Screens } from './screens.ts';

const AT = '/t/tenant-b';

/** As the browser tells a page whose tab was left or entered. */
const show = (page: Page, visibility: 'visible' | 'hidden') =>
  page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, visibility);

describe.skipIf(!browserPath)('the screens', () => {
  let screens: Screens;
  beforeAll(async () => {
    screens = await openScreens();
  }, 120_000);
  // The bundler complains of styles it could not have while there was no server.
  afterEach(async () =>
    expect((await screens.leave()).filter((one) => !one.includes('Unable to preload CSS'))).toEqual([]),
  );
  afterAll(() => screens?.close());

  it('say that the server does not answer, and ask anew when it does', { timeout: 180_000 }, async () => {
    const { instance } = screens;
    const pages = await Promise.all(
      [`${AT}/home`, `${AT}/services`, `${AT}/services/front`, `${AT}/traces`].map((path) => screens.open(path)),
    );
    const [home, services, service, traces] = pages as [Page, Page, Page, Page];
    await services.getByRole('link', { name: 'front' }).waitFor();
    await home.getByRole('link', { name: 'front' }).waitFor();
    await service.getByRole('grid', { name: 'Operations' }).waitFor();
    await traces.getByRole('grid').waitFor();
    for (const page of pages) expect(await page.locator('[data-away]').count()).toBe(0);
    await instance.kill('SIGKILL');
    for (const page of pages) {
      const banner = page.getByRole('status').filter({ hasText: 'Hanok does not answer since' });
      await banner.waitFor({ timeout: 10_000 });
      expect(await banner.textContent()).toMatch(
        /does not answer since \d\d:\d\d:\d\d\. What you see is from \d\d:\d\d:\d\d\. Trying again/,
      );
    }
    // Figures stay, and say of when they are.
    await home
      .getByText(/^as of \d\d:\d\d:\d\d$/)
      .first()
      .waitFor();
    expect(await home.getByText('live', { exact: true }).count()).toBe(0);
    await services.getByText(/^as of \d\d:\d\d:\d\d$/).waitFor();
    expect(await services.locator('[data-dimmed]').count()).toBeGreaterThan(0);
    // A screen whose code was never loaded says the same, and is there with its styles when the server is.
    await traces.getByRole('link', { name: 'Metrics' }).click();
    await traces.getByRole('heading', { name: 'Hanok cannot be reached' }).waitFor();

    await instance.start();
    const back = await home.evaluate(() => new Date().toTimeString().slice(0, 8));
    for (const page of pages) await page.locator('[data-away]').waitFor({ state: 'detached', timeout: 15_000 });
    await home.getByText('live', { exact: true }).waitFor({ timeout: 15_000 });
    const find = traces.getByPlaceholder('Find a metric');
    await find.waitFor();
    await eventually('the styles of the screen', () =>
      find.evaluate((input) => getComputedStyle(input).borderStyle === 'none'),
    );
    for (const page of [home, services])
      await eventually('figures from after the outage', async () => {
        const texts = await page.getByText(/as of \d\d:\d\d:\d\d/).allTextContents();
        return texts.some((text) => (/\d\d:\d\d:\d\d/.exec(text)?.[0] ?? '') >= back);
      });
  });

  it('share one stream among ten tabs, so that the eleventh opens at once', { timeout: 180_000 }, async () => {
    const first = await screens.open(`${AT}/home`);
    const context = first.context();
    await first.getByText('live', { exact: true }).waitFor();
    let opened = 0;
    context.on('request', (request) => {
      if (request.url().endsWith('/ingest-activity/stream')) opened++;
    });
    const tabs = [first];
    for (let i = 0; i < 9; i++) {
      const page = await context.newPage();
      await page.goto(`${screens.instance.url}${AT}/home`);
      await page.getByText('live', { exact: true }).waitFor({ timeout: 15_000 });
      tabs.push(page);
    }
    // The browser calls all of them visible; none but the first has asked for the stream.
    expect(opened).toBe(0);
    const last = await context.newPage();
    // Six streams of six tabs would hold all the connections there are, and this would wait for ever.
    await last.goto(`${screens.instance.url}${AT}/services`);
    await last.getByRole('link', { name: 'front' }).waitFor();

    // The one that listens goes: another one listens in its place, and the rest hear it.
    await first.close();
    await eventually('another tab listens', async () => opened === 1);
    await tabs[9]!.getByText('live', { exact: true }).waitFor();
    // A tab that nobody sees gives the stream away too.
    for (const page of [...tabs.slice(1), last]) await show(page, 'hidden');
    await show(last, 'visible');
    await eventually('the tab in sight listens', async () => opened >= 2);
  });

  it('give the connection of a live tail back while hidden, and say so', { timeout: 120_000 }, async () => {
    const page = await screens.open(`${AT}/logs?live=1`);
    await page.getByText(/lines\/s$/).waitFor();
    const tails: string[] = [];
    page.on('request', (request) => request.url().includes('/logs/tail') && tails.push('opened'));
    page.on('requestfailed', (request) => request.url().includes('/logs/tail') && tails.push('given back'));
    await show(page, 'hidden');
    await eventually('the tail is given back', async () => tails.includes('given back'));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    // Not opened again behind the reader's back.
    expect(tails.filter((one) => one === 'opened')).toEqual([]);
    await show(page, 'visible');
    await page.getByText(/^Paused from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d, while this tab was hidden/).waitFor();
    expect(tails.filter((one) => one === 'opened')).toEqual(['opened']);
    await page.getByText(/lines\/s/).waitFor();
  });
});

/** The query bar in a real browser: nothing that is typed, pasted, selected or composed is lost while its editor loads. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserPath } from './browser.ts';
import { openScreens, type Screens } from './screens.ts';

describe.skipIf(browserPath === undefined)('the query bar', () => {
  let screens: Screens;
  beforeAll(async () => {
    screens = await openScreens();
  });
  afterAll(() => screens?.close());
  afterEach(async () => expect(await screens.leave()).toEqual([]));

  /** Opens a screen whose editor is held back until `release`. */
  async function held(path: string): Promise<{ readonly page: Page; release(): Promise<void> }> {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const page = await screens.open(path, {
      before: async (one) => {
        await one.route(/\/assets\/editor-.*\.js$/, async (route) => {
          await gate;
          await route.continue();
        });
      },
    });
    await page.getByRole('grid').locator('[role=row]').nth(3).waitFor();
    await page.keyboard.press('/');
    return {
      page,
      async release() {
        release();
      },
    };
  }
  const written = (page: Page) =>
    page.evaluate(() => {
      const element = document.querySelector('[data-search]');
      return element instanceof HTMLInputElement ? element.value : (element?.textContent ?? '');
    });

  it('keeps every key typed before, while and after the editor arrives', async () => {
    const { page, release } = await held('/t/tenant-b/logs');
    const text = 'customer order payment shipped warehouse';
    for (const [i, letter] of [...text].entries()) {
      if (i === 12) await release();
      await page.keyboard.type(letter);
      if (i >= 12) await page.waitForTimeout(15);
    }
    await page.locator('.cm-content').waitFor();
    expect(await written(page)).toBe(text);
    await page.keyboard.type('!');
    expect(await written(page)).toBe(`${text}!`);
  });

  it('keeps the caret and the selection', async () => {
    const { page, release } = await held('/t/tenant-b/logs');
    await page.keyboard.type('level:info checkout');
    for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowLeft');
    for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowLeft');
    await release();
    await page.locator('.cm-content').waitFor();
    await page.keyboard.type('warn');
    expect(await written(page)).toBe('level:warn checkout');
  });

  it('keeps what is pasted, in one line', async () => {
    const { page, release } = await held('/t/tenant-b/logs');
    await page.evaluate(() => navigator.clipboard.writeText('level:error\n  service.name:orders'));
    await page.keyboard.press('Control+v');
    expect(await written(page)).toBe('level:error service.name:orders');
    await release();
    await page.locator('.cm-content').waitFor();
    expect(await written(page)).toBe('level:error service.name:orders');
  });

  it('finishes the syllable that is being composed before the editor takes over', async () => {
    const { page, release } = await held('/t/tenant-b/logs');
    const session = await page.context().newCDPSession(page);
    await page.keyboard.type('level:error ');
    await session.send('Input.imeSetComposition', { text: '겨', selectionStart: 1, selectionEnd: 1 });
    await release();
    await page.waitForResponse(/\/assets\/editor-/);
    await page.waitForTimeout(300);
    await session.send('Input.imeSetComposition', { text: '결', selectionStart: 1, selectionEnd: 1 });
    expect(await written(page)).toBe('level:error 결');
    await session.send('Input.insertText', { text: '결' });
    await page.locator('.cm-content').waitFor();
    await page.keyboard.type('x');
    expect(await written(page)).toBe('level:error 결x');
  });

  it('takes the first proposal with Tab and a chosen one with Enter, and runs with Enter otherwise', async () => {
    const { page, release } = await held('/t/tenant-b/logs');
    await release();
    await page.locator('.cm-content').waitFor();
    const proposals = page.locator('.cm-tooltip-autocomplete');
    const ran = () => new URL(page.url()).searchParams.get('query');
    await page.keyboard.type('servi');
    await proposals.waitFor();
    await page.keyboard.press('Tab');
    expect(await written(page)).toBe('service.name:');
    // A name leads on to its values.
    await proposals.getByText('orders').waitFor();
    await page.keyboard.type('ord');
    await page.waitForFunction(() => document.querySelectorAll('.cm-tooltip-autocomplete li').length === 1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await written(page)).toBe('service.name:orders');
    expect(ran()).toBeNull();
    // Tab comes before the proposal does.
    await page.keyboard.type(' level:err');
    await page.keyboard.press('Tab');
    await page.waitForFunction(() => document.querySelector('.cm-content')?.textContent?.endsWith('level:error'));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('query') === 'service.name:orders level:error');
    // Proposals that nobody walked to are left, and the focus goes on.
    await page.keyboard.type(' ');
    await proposals.waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('.cm-editor'))).toBeNull();
    expect(ran()).toBe('service.name:orders level:error');
  });

  it('keeps the space after the word that was run', async () => {
    const { page, release } = await held('/t/tenant-b/logs');
    await release();
    await page.locator('.cm-content').waitFor();
    await page.keyboard.type('checkout ');
    await page.keyboard.press('Enter');
    await page.waitForURL(/query=checkout/);
    await page.keyboard.type('level:error');
    expect(await written(page)).toBe('checkout level:error');
  });
});

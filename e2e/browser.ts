/** A real browser for the black-box suites: Debian's Chromium, or the one named by CHROMIUM. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CANDIDATES = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export const browserPath = CANDIDATES.find((path) => path !== undefined && path !== '' && existsSync(path));

if (browserPath === undefined)
  console.error(
    '\n*** SKIPPED: no Chromium found (install the chromium package, or set CHROMIUM=path); the screens are not tested ***\n',
  );

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath!,
    args: [
      // Root in a container has no user namespace for the sandbox; these pages are our own.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--font-render-hinting=none',
      '--force-color-profile=srgb',
    ],
  });
}

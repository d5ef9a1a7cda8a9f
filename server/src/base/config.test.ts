import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfig, setting } from './config.ts';

const slices = {
  edge: {
    httpPort: setting.port('HANOK_HTTP_PORT', 8080, 'UI and API'),
    mode: setting.choice('HANOK_MODE', ['a', 'b'], 'a', 'test'),
  },
  journal: {
    budget: setting.bytes('HANOK_JOURNAL_BUDGET', 1024, 'test', { min: 10 }),
    wait: setting.duration('HANOK_WAIT', 5, 'test'),
  },
};

it('gives defaults, takes the environment, and keeps types', () => {
  const values = readConfig(slices, {
    HANOK_HTTP_PORT: '9090',
    HANOK_JOURNAL_BUDGET: '2MiB',
    HANOK_WAIT: '1.5s',
    PATH: '/bin',
  });
  expect(values).toEqual({ edge: { httpPort: 9090, mode: 'a' }, journal: { budget: 2_097_152, wait: 1_500 } });
});

it('takes nothing without a unit', () => {
  expect(readConfig(slices, { HANOK_WAIT: '0' }).journal.wait).toBe(0);
  expect(() => readConfig(slices, { HANOK_WAIT: '5' })).toThrow(/a duration such as 10s/);
});

it('points an unknown name at the nearest known one', () => {
  expect(() => readConfig(slices, { HANOK_HTP_PORT: '1' })).toThrow(/nearest known one is HANOK_HTTP_PORT/);
});

it.each([
  [{ HANOK_HTTP_PORT: '70000' }, /at most 65535/],
  [{ HANOK_HTTP_PORT: 'web' }, /whole number/],
  [{ HANOK_MODE: 'c' }, /one of a, b/],
  [{ HANOK_JOURNAL_BUDGET: '2 parsecs' }, /size such as/],
  [{ HANOK_JOURNAL_BUDGET: '2' }, /at least 10/],
])('refuses %j', (environment, message) => {
  expect(() => readConfig(slices, environment)).toThrow(message);
});

it('reads a file, lets the environment win, and refuses unknown keys', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'hanok-config-')), 'hanok.json');
  writeFileSync(path, JSON.stringify({ http_port: 81, wait: '7s' }));
  expect(readConfig(slices, { HANOK_HTTP_PORT: '82' }, path)).toMatchObject({
    edge: { httpPort: 82 },
    journal: { wait: 7_000 },
  });
  writeFileSync(path, JSON.stringify({ wiat: '7s' }));
  expect(() => readConfig(slices, {}, path)).toThrow(/nearest known one is wait/);
});

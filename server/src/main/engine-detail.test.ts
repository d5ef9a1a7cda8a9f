import { expect, it } from 'vitest';
import type { EngineState } from '#store';
import { engineDetail } from './engine-detail.ts';

const engine = (state: EngineState['state'], lastError?: string): EngineState => ({
  name: 'silo-tenant-a',
  pid: undefined,
  restarts: 0,
  state,
  lastError,
});

it('says what an engine does, and that one which sleeps is well', () => {
  expect(engineDetail(engine('ready'), true)).toBe('ready');
  expect(engineDetail(engine('ready'), false)).toBe('its tables are being prepared');
  expect(engineDetail(engine('asleep'), true)).toBe('asleep');
  expect(engineDetail(engine('asleep', 'SIGKILL'), true)).toBe('asleep');
  expect(engineDetail(engine('waiting'), true)).toMatch(/^asleep; .* waits for its turn/);
  expect(engineDetail(engine('waking'), true)).toBe('waking');
  expect(engineDetail(engine('down', 'SIGKILL'), false)).toBe('down; before: SIGKILL');
});

import { afterEach, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '#pipeline';
import { openOtlpDecoder } from './otlp/index.ts';
import { openTestInstance, TEST_CONFIG, type TestInstance } from './test-instance.ts';

let instance: TestInstance;
afterEach(() => instance.close());

it.each([
  ['a thread', 0],
  ['the main thread', 1024 ** 2],
])('stores definitions again in a new epoch of the journal, decoded on %s', async (_, inlineBytes) => {
  instance = await openTestInstance(
    { ...TEST_CONFIG, inlineBytes },
    {
      threadModule: new URL('./workers/thread.ts', import.meta.url),
      threadData: DEFAULT_LIMITS,
      inline: openOtlpDecoder(DEFAULT_LIMITS),
    },
  );
  const send = async () => {
    instance.forget();
    const answer = await fetch(`http://127.0.0.1:${instance.receivers.httpPort}/v1/logs`, {
      method: 'POST',
      headers: { authorization: 'Bearer key-a', 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceLogs: [
          { resource: { attributes: [] }, scopeLogs: [{ scope: { name: 'lib' }, logRecords: [{ body: {} }] }] },
        ],
      }),
    });
    expect(answer.status).toBe(200);
    const tables = instance.stored('tenant-a').flatMap(({ blocks }) => blocks.map(({ table }) => table));
    return tables.filter((table) => table === 'resources' || table === 'scopes');
  };
  expect(await send()).toEqual(['resources', 'scopes']);
  // A thread hears of a batch's durability a moment after the answer.
  await expect.poll(send).toEqual([]);
  instance.epoch = 'second';
  expect(await send()).toEqual(['resources', 'scopes']);
  await expect.poll(send).toEqual([]);
});

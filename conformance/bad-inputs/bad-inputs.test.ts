import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../server/src/pipeline/index.ts';
import { openOtlpDecoder } from '../../server/src/receivers/otlp/index.ts';
import { openTestInstance, type TestInstance } from '../../server/src/receivers/test-instance.ts';
import type { BadInput } from './case.ts';
import { runBadInput, type Target } from './run.ts';

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

let instance: TestInstance;
let target: Target;

/** With the limits as they are by default; only the pace of bodies is quicker, so that waiting for slow ones is short. */
beforeAll(async () => {
  instance = await openTestInstance(
    { maxWireBytes: 16 * 1024 ** 2, maxInflatedBytes: 64 * 1024 ** 2, bodyGraceMs: 1_500 },
    {
      threadModule: new URL('../../server/src/receivers/workers/thread.ts', import.meta.url),
      threadData: DEFAULT_LIMITS,
      inline: openOtlpDecoder(DEFAULT_LIMITS),
    },
  );
  const recordsOf = (tenant: string) => instance.stored(tenant).reduce((sum, batch) => sum + batch.records, 0);
  target = {
    http: `http://127.0.0.1:${instance.receivers.httpPort}`,
    grpc: `http://127.0.0.1:${instance.receivers.grpcPort}`,
    key: 'key-a',
    stored: async () => ({ own: recordsOf('tenant-a'), others: recordsOf('tenant-b') }),
    memory: () => process.memoryUsage.rss(),
  };
});
afterAll(() => instance?.close());

describe('bad inputs', () => {
  it('are all there', () => {
    expect(folders.map((name) => Number(name.slice(0, 2)))).toEqual(Array.from({ length: 36 }, (_, i) => i + 1));
  });

  it.each(folders)('%s', { timeout: 120_000 }, async (folder) => {
    const input: BadInput = JSON.parse(readFileSync(join(import.meta.dirname, folder, 'case.json'), 'utf8'));
    expect(await runBadInput(input, target)).toEqual([]);
    // Batches stay in memory otherwise, and the next case's growth would be theirs.
    instance.forget();
  });
});

/** Bad inputs and kills against the full program: the short forms of what runs longer by hand. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BadInput } from '../conformance/bad-inputs/case.ts';
import { runBadInput, type Target } from '../conformance/bad-inputs/run.ts';
import { type Instance, openInstance, root } from './instance.ts';
import { torture } from './torture.ts';

describe('the full program', () => {
  let instance: Instance;
  let target: Target;
  beforeAll(async () => {
    instance = await openInstance({
      env: {
        HANOK_LOG_LEVEL: 'error',
        HANOK_OTLP_BODY_GRACE: '1500ms',
        HANOK_TENANT_RECORDS_PER_SECOND: '100000000',
        HANOK_TENANT_BYTES_PER_SECOND: '100GB',
      },
    });
    let seen = 0;
    const memory = () => {
      try {
        seen =
          Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${instance.pid()}/status`, 'utf8'))?.[1] ?? 0) * 1024;
      } catch {
        // Gone; the good request after each input says so better.
      }
      return seen;
    };
    target = {
      http: instance.otlpHttp,
      grpc: `http://${instance.otlpGrpc}`,
      key: instance.tenant('tenant-a').ingestKey,
      memory,
    };
  });
  afterAll(async () => instance?.dispose());

  const folder = join(root, 'conformance', 'bad-inputs');
  const cases = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  it.each(cases)('survives %s', { timeout: 120_000 }, async (name) => {
    const input = JSON.parse(readFileSync(join(folder, name, 'case.json'), 'utf8')) as BadInput;
    expect(await runBadInput(input, target)).toEqual([]);
  });

  it('is the same process as at the start, and said nothing of a fault of its own', () => {
    expect(readFileSync(`/proc/${instance.pid()}/cmdline`, 'utf8')).toContain('cli.ts');
    expect(instance.output()).not.toMatch(/unhandled rejection|uncaught exception|broken invariant/);
  });
});

it('loses and doubles nothing when killed at random (3 rounds; npm run torture has more)', {
  timeout: 300_000,
}, async () => {
  const { output } = await torture('rounds', ['--rounds', '3'], 280);
  const closing = /rounds 3 acknowledged (\d+) lost (\d+) duplicated (\d+)/.exec(output);
  expect(closing, output).not.toBeNull();
  const [, acknowledged, lost, duplicated] = closing!;
  expect(Number(acknowledged)).toBeGreaterThan(1_000);
  expect([lost, duplicated]).toEqual(['0', '0']);
});

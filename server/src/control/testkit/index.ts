import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Log, silentLog } from '#base';
import type { ControlConfig } from '../config.ts';
import { type Control, type ControlDeps, openControl } from '../control.ts';
import type { RandomBytes } from '../identity/secret.ts';
import type { Tenant } from '../tenancy/snapshot.ts';
import { makeTestDatabase, type TestDatabase } from './database.ts';

export { makeTestDatabase, type TestDatabase } from './database.ts';

/** For tests of this module and of those that stand on it. */
export const TEST_CONFIG: ControlConfig = {
  url: '',
  sessionLifetime: 7 * 86_400_000,
  sessionIdle: 86_400_000,
  // The least that is allowed: tests are about outcomes, not about work.
  passwordCost: 10,
  recordsPerSecond: 1_000,
  bytesPerSecond: 1_000_000,
  requestsPerSecond: 10_000,
  burst: 2_000,
  logsDays: 30,
  tracesDays: 20,
  metricsDays: 90,
  auditDays: 400,
  deleteDelay: 7 * 86_400_000,
};

/** Limits that other modules' settings give. */
export const TEST_LIMITS: ControlDeps['limits'] = {
  series: 1_000_000,
  attributeKeys: 5_000,
  queryMemoryBytes: 1024 ** 3,
  queryTimeMs: 30_000,
  queryRows: 2_000_000_000,
  queriesAtOnce: 4,
  tails: 16,
};

export interface SteeredClock extends Clock {
  advance(ms: number): void;
}

export function steeredClock(start = 1_795_219_200_000): SteeredClock {
  let ms = start;
  return {
    now: () => ms,
    nanos: () => BigInt(ms) * 1_000_000n,
    monotonic: () => ms - start,
    advance: (by) => {
      ms += by;
    },
  };
}

/** Bytes that are different every time and the same in every run. */
export function countedBytes(seed = 'seed'): RandomBytes {
  let n = 0;
  return (size) => {
    const parts: Buffer[] = [];
    for (let have = 0; have < size; have += 32) parts.push(createHash('sha256').update(`${seed}:${n++}`).digest());
    return Buffer.concat(parts).subarray(0, size);
  };
}

export interface ControlInstance {
  readonly control: Control;
  readonly clock: SteeredClock;
  readonly dataDir: string;
  /** The database behind it, reached from outside. */
  readonly database: TestDatabase;
  /** Tenants announced through `onTenant`. */
  readonly announced: Tenant[];
  /** A second process on the same database; the caller closes it. */
  another(): Promise<Control>;
  /** With settings changed, if given. */
  reopen(config?: Partial<ControlConfig>): Promise<Control>;
  close(): Promise<void>;
}

export async function openControlInstance(
  options: {
    readonly config?: Partial<ControlConfig>;
    readonly onTenant?: (tenant: Tenant) => Promise<void>;
    readonly log?: Log;
    readonly checkUrl?: ControlDeps['checkUrl'];
    readonly deps?: Partial<ControlDeps>;
  } = {},
): Promise<ControlInstance> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hanok-control-'));
  const database = await makeTestDatabase(dataDir);
  const clock = steeredClock();
  const announced: Tenant[] = [];
  let generation = 0;
  const open = (config: Partial<ControlConfig> = {}) =>
    openControl(
      { ...TEST_CONFIG, url: database.url, ...options.config, ...config },
      {
        dataDir,
        clock,
        log: options.log ?? silentLog,
        randomBytes: countedBytes(`generation ${generation++}`),
        cores: 2,
        limits: TEST_LIMITS,
        checkUrl: options.checkUrl ?? (() => {}),
        ...options.deps,
        onTenant: async (tenant) => {
          await options.onTenant?.(tenant);
          announced.push(tenant);
        },
      },
    );
  let control = await open();
  return {
    get control() {
      return control;
    },
    clock,
    dataDir,
    database,
    announced,
    another: () => open(),
    async reopen(config) {
      await control.close();
      control = await open(config);
      return control;
    },
    async close() {
      await control.close();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

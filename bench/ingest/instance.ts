import { type Instance, openInstance } from '../../e2e/instance.ts';

/** The bench is one tenant going flat out: its rate limit is not what is measured. */
const UNLIMITED = {
  HANOK_LOG_LEVEL: 'error',
  // Engines are measured as they work; what sleeping ones cost is for `sleep`.
  HANOK_ENGINE_IDLE: '0',
  HANOK_TENANT_RECORDS_PER_SECOND: '100000000',
  HANOK_TENANT_BYTES_PER_SECOND: '100GiB',
} as const;

export const openBenchInstance = (env: Readonly<Record<string, string>> = {}): Promise<Instance> =>
  openInstance({ env: { ...UNLIMITED, ...env } });

/** The tenant that sends, in the pool. */
export const TENANT = 'tenant-b';

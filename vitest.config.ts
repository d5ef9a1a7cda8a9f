import { defineConfig } from 'vitest/config';
import { NODE_FLAGS } from './scripts/node-flags.mjs';

export default defineConfig({
  test: {
    include: [
      'contract/src/**/*.test.ts',
      'server/src/**/*.test.ts',
      'server/*.test.ts',
      'web/src/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      'conformance/**/*.test.ts',
    ],
    pool: 'forks',
    // The flags the server runs with: one of them keeps threads that load TypeScript from taking the process down.
    execArgv: NODE_FLAGS,
    // The store's suites wait for engine processes most of their time.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

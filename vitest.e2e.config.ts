import { defineConfig } from 'vitest/config';

/** Black-box suites: the real program through its public ports, one file at a time (two cores, real engines). */
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});

import { codeCacheEnvironment } from '#base';

/**
 * The whole environment of an engine process; nothing of ours leaks into it.
 *
 * UV_THREADPOOL_SIZE: queries, inserts and file calls each hold a thread of libuv's pool while they run.
 */
export function engineEnvironment(dir: string): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: 'UTC',
    HOME: dir,
    UV_THREADPOOL_SIZE: '16',
    ...codeCacheEnvironment(),
  };
}

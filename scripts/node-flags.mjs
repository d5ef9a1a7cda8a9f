/**
 * V8 flags the server runs with. Request bodies and sealed batches are memory outside V8's heap; V8 answers fast growth
 * there by marking the whole heap every few milliseconds. Counted against the global limit, with a first old generation
 * of 64 MiB, a 64 KiB gRPC request costs a third (31 instead of about 100 µs). Measured on Node 24.21.
 */
export const NODE_FLAGS = ['--external-memory-accounted-in-global-limit', '--initial-old-space-size=64'];

/**
 * A journal group takes two calls of libuv's pool; with many silos the default of four threads would make their syncs
 * wait for each other. Threads that are not needed are never started.
 */
export const NODE_ENVIRONMENT = { UV_THREADPOOL_SIZE: '16' };

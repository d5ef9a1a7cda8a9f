import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Node strips types with a WebAssembly module, in every thread that loads TypeScript. When two threads compile the same
 * call from it into JavaScript at one moment, V8 13.6 frees the loser's code through a null pointer and the process dies
 * (SIGSEGV in `WasmCodeRefScope`, seen in a decode thread's start, about once in fifty). The call is compiled after this
 * many calls: more than a process ever makes.
 */
const KEEP_WASM_CALLS_GENERIC = '--wasm-wrapper-tiering-budget=1000000000';

/**
 * How much V8 may inline into one hot function, in bytes of bytecode; 920 by default. A record is decoded by a loop of
 * small calls that does not fit into that: with room for all of it a log costs a fifth less, a span an eighth.
 */
const INLINE_DECODING = '--max-inlined-bytecode-size-cumulative=6000';

/**
 * V8 flags the server runs with. Request bodies and sealed batches are memory outside V8's heap; V8 answers fast growth
 * there by marking the whole heap every few milliseconds. Counted against the global limit, with a first old generation
 * of 64 MiB, a 64 KiB gRPC request costs a third (31 instead of about 100 µs). Measured on Node 24.21.
 */
export const NODE_FLAGS = [
  '--external-memory-accounted-in-global-limit',
  '--initial-old-space-size=64',
  KEEP_WASM_CALLS_GENERIC,
  INLINE_DECODING,
  // For `base/rest.ts`, which gives memory back when work pauses.
  '--expose-gc',
];

/**
 * UV_THREADPOOL_SIZE: a journal group takes two calls of libuv's pool; with many silos the default of four threads would
 * make their syncs wait for each other. Threads that are not needed are never started.
 *
 * NODE_COMPILE_CACHE: stripped and compiled modules, so that a second start neither strips types nor compiles. It lies
 * with the installed packages, trusted as they are, and goes when they are installed anew; where that folder cannot be
 * written Node does without.
 */
export const NODE_ENVIRONMENT = {
  UV_THREADPOOL_SIZE: '16',
  NODE_COMPILE_CACHE: join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules', '.cache', 'hanok'),
};

/**
 * Loaded before the program (`node --import`) to tell what an acknowledgement may have waited for: calls of libuv's pool
 * from the call to its callback, pauses for garbage collection, and how late a timer of the main thread comes. Writes what
 * it knows once a second to the file that BENCH_EXPLAIN names; starts anew when that file has been removed.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const TIMER_MS = 2;
const path = process.env['BENCH_EXPLAIN'];
/** Milliseconds, by what took them. @type {Map<string, number[]>} */
const taken = new Map();

function note(what, ms) {
  const list = taken.get(what);
  if (list) list.push(ms);
  else taken.set(what, [ms]);
}

function summary() {
  return Object.fromEntries(
    [...taken].map(([what, list]) => {
      const sorted = Float64Array.from(list).sort();
      const at = (q) => Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))].toFixed(2));
      return [what, { count: list.length, p50: at(0.5), p99: at(0.99), worst: at(1) }];
    }),
  );
}

if (path && isMainThread) {
  const write = fs.writeFileSync;
  const exists = fs.existsSync;
  for (const name of ['writev', 'fdatasync', 'fsync', 'rename']) {
    const real = fs[name];
    fs[name] = (...args) => {
      const done = args.pop();
      const began = performance.now();
      return real(...args, (...result) => {
        note(name, performance.now() - began);
        done(...result);
      });
    };
  }
  syncBuiltinESMExports();
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) note('garbage collection', entry.duration);
  }).observe({ entryTypes: ['gc'] });
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    note('main thread late', Math.max(0, now - last - TIMER_MS));
    last = now;
  }, TIMER_MS).unref();
  setInterval(() => {
    if (!exists(path)) taken.clear();
    write(path, JSON.stringify(summary()));
  }, 1_000).unref();
}

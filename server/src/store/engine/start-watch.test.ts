import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { StartWatch } from './start-watch.ts';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

const ticks = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ').slice(11, 13);

it.runIf(existsSync('/proc/self/stat'))('gives time to what works and none to what stands still', async () => {
  child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  const pid = child.pid!;
  const watch = new StartWatch(pid, 0);
  expect(watch.look(0)).toBeUndefined();
  for (const now of [6_000, 12_000]) {
    const before = String(ticks(pid));
    while (String(ticks(pid)) === before) await pause(10);
    expect(watch.look(now)).toBeUndefined();
  }
  child.kill('SIGSTOP');
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await pause(10);
  expect(watch.look(13_000)).toBeUndefined();
  expect(watch.look(18_000)).toMatch(/did nothing/);
});

it('ends a start that takes for ever, also where nothing can be seen of it', () => {
  const watch = new StartWatch(undefined, 0);
  expect(watch.look(119_000)).toBeUndefined();
  expect(watch.look(120_000)).toMatch(/not ready/);
});

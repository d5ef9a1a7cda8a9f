import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { collectAtRest, keepCompiledCode, must } from '#base';
import { Looker } from './looker.ts';
import type { FromThread, ToThread } from './messages.ts';

/** Linux gives a thread at 5 a third of what one at 0 gets of a full core: whoever watches does not slow down intake. */
const NICE = 5;

function giveWay(): void {
  try {
    // "PID/task/TID"; to Linux a thread is what has a priority.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (thread > 0) setPriority(thread, NICE);
  } catch {
    // Elsewhere it runs like any other thread.
  }
}

const port = parentPort;
must(port, 'the thread of live tails has a parent');
const send = (message: FromThread) => port.postMessage(message);
const looker = new Looker({
  monotonic: () => performance.now(),
  cpu: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  },
});
port.on('message', (message: ToThread) => {
  if (message.kind !== 'look') return looker.take(message);
  try {
    send(looker.look(message.look));
  } catch (error) {
    send({ kind: 'failed', id: message.look.id, error: error instanceof Error ? String(error.stack) : String(error) });
  }
});
giveWay();
send({ kind: 'ready' });
keepCompiledCode();
collectAtRest();

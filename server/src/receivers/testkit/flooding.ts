import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FloodCount, FloodOrder } from './flood-thread.ts';

/** Attackers under way. */
export interface Flooding {
  /** Resolves with what they did, when all have stopped. */
  stop(): Promise<FloodCount>;
}

/** Lets attackers loose, on a thread of their own; resolves when the thread runs. */
export async function startFlood(order: FloodOrder): Promise<Flooding> {
  const worker = new Worker(new URL('./flood-thread.ts', import.meta.url), { workerData: order, execArgv: [] });
  await once(worker, 'online');
  return {
    async stop() {
      worker.postMessage('stop');
      const [count] = (await once(worker, 'message')) as [FloodCount];
      await worker.terminate();
      return count;
    },
  };
}

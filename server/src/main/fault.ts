import type { Log } from '#base';

/**
 * A fault that nobody caught ends the process: what it left half done is not known (a group of the journal that was never
 * answered holds up every later one), and the program is made to be killed: what was acknowledged is in the journal,
 * engines end with their parent, whoever started the process starts it again (`npm start` by `scripts/supervise.sh`, systemd by the unit of `npm run unit`).
 *
 * By SIGKILL, because everything gentler waits: `process.exit` joins libuv's threads, and one of them may be in a sync on a
 * disk that does not answer. A shell sees 137. The log line is written before, synchronously.
 *
 * Not a fault of the process: a decode thread or an engine that dies. Its requests are answered with a retryable error,
 * and it is replaced (`receivers/workers/pool.ts`, `store/engine/supervisor.ts`).
 */
export function endOnFaults(log: Log, end: () => void = () => process.kill(process.pid, 'SIGKILL')): void {
  const fault = (what: string) => (error: unknown) => {
    try {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error(
        { error: text },
        `${what}: the process ends and must be started again; what was acknowledged is in the journal`,
      );
    } finally {
      end();
    }
  };
  process.on('uncaughtException', fault('uncaught exception'));
  process.on('unhandledRejection', fault('unhandled rejection'));
  // Whoever read what we print has gone: no reason to stop serving.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { FromGenerator, LaneReport, Order, ToGenerator } from './generator.ts';

/** A generator's process, from the outside. */
export interface Generator {
  readonly pid: number;
  factor(factor: number): void;
  /** Since the last report. */
  report(): Promise<readonly LaneReport[]>;
  /** Sends nothing new, waits for answers under way, and reports what came since the last report. */
  stop(): Promise<readonly LaneReport[]>;
  kill(): void;
}

export async function startGenerator(order: Order): Promise<Generator> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'generator.ts'), [], {
    execArgv: [],
    serialization: 'advanced',
  });
  const waiting: ((message: FromGenerator) => void)[] = [];
  let lost: Error | undefined;
  const rejecting: ((error: Error) => void)[] = [];
  child.on('message', (message: FromGenerator) => {
    rejecting.shift();
    waiting.shift()?.(message);
  });
  child.on('exit', (code, signal) => {
    lost = new Error(`the generator ended with ${signal ?? code}`);
    for (const reject of rejecting.splice(0)) reject(lost);
  });
  const ask = (message: ToGenerator) =>
    new Promise<FromGenerator>((resolve, reject) => {
      if (lost) return reject(lost);
      waiting.push(resolve);
      rejecting.push(reject);
      child.send(message);
    });
  const lanesOf = async (message: ToGenerator): Promise<readonly LaneReport[]> => {
    const answer = await ask(message);
    return 'lanes' in answer ? answer.lanes : [];
  };
  await ask({ kind: 'start', order });
  return {
    pid: child.pid!,
    factor: (factor) => child.send({ kind: 'factor', factor } satisfies ToGenerator),
    report: () => lanesOf({ kind: 'report' }),
    stop: () => lanesOf({ kind: 'stop' }),
    kill: () => child.kill('SIGKILL'),
  };
}

/** Runs a torture as its command line does, within a time: one that hangs is ended and shows how far it came. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './instance.ts';

export interface Ended {
  readonly status: number | null;
  /** What it printed, both streams. */
  readonly output: string;
}

export function torture(name: string, args: readonly string[], withinSeconds: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const program = join(root, 'torture', `${name}.ts`);
    // A group of its own: what it started ends with it.
    const child = spawn(process.execPath, [program, ...args], { cwd: root, detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    let late = false;
    const endAll = () => process.kill(-child.pid!, 'SIGKILL');
    const deadline = setTimeout(() => {
      late = true;
      endAll();
    }, withinSeconds * 1_000);
    // Its group does not hear the Ctrl-C that ends the suite.
    process.once('exit', endAll);
    child.once('close', (status) => {
      clearTimeout(deadline);
      process.off('exit', endAll);
      if (late) reject(new Error(`torture --${name} did not end within ${withinSeconds} s:\n${output.slice(-8_000)}`));
      else resolve({ status, output });
    });
  });
}

/**
 * Ends what the demo started when the demo itself died without a chance to (SIGKILL, a closed terminal). Reads lines
 * `+pid` and `-pid` of process group leaders from its input; at the end of input it stops what is left.
 */
import { createInterface } from 'node:readline';

const groups = new Set();
const signal = (pid, name) => {
  try {
    process.kill(-pid, name);
  } catch {
    groups.delete(pid);
  }
};
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
createInterface({ input: process.stdin })
  .on('line', (line) =>
    line.startsWith('+') ? groups.add(Number(line.slice(1))) : groups.delete(Number(line.slice(1))),
  )
  .on('close', () => {
    for (const pid of groups) signal(pid, 'SIGTERM');
    setTimeout(() => {
      for (const pid of groups) signal(pid, 'SIGKILL');
      process.exit(0);
    }, 5_000);
  });

/** Keeps one engine from serving: it is stopped, and so is whichever process takes its place. */
import { enginePid } from '../engine/engine-client.ts';

const LOOK_EVERY_MS = 20;

export function holdEngine(mainPid: number, engineDir: string): () => void {
  let held: number | undefined;
  const hold = () => {
    const pid = enginePid(mainPid, engineDir);
    if (pid === undefined || pid === held) return;
    send(pid, 'SIGSTOP');
    held = pid;
  };
  hold();
  const holding = setInterval(hold, LOOK_EVERY_MS);
  return () => {
    clearInterval(holding);
    if (held !== undefined) send(held, 'SIGCONT');
  };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone; the next look finds its successor.
  }
}

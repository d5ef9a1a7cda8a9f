import { readFileSync } from 'node:fs';

/** Loading the tables of a large store after a crash takes a while; longer than this is not starting but stuck. */
const START_WITHIN_MS = 120_000;
/** A starting process that neither computes nor reads for this long is stopped or deadlocked. */
const STUCK_MS = 5_000;

/**
 * Tells a slow start from none. While an engine loads its tables its event loop stands still, so it cannot be asked;
 * but it uses the processor or reads files, and the kernel counts both. Where there is no /proc only time tells.
 */
export class StartWatch {
  readonly #pid: number | undefined;
  readonly #begunAt: number;
  #done = '';
  #movedAt: number;

  constructor(pid: number | undefined, now: number) {
    this.#pid = pid;
    this.#begunAt = now;
    this.#movedAt = now;
  }

  /** Why to end it, if it is stuck. To be asked at least every second or so. */
  look(now: number): string | undefined {
    if (now - this.#begunAt >= START_WITHIN_MS) return `not ready within ${START_WITHIN_MS} ms`;
    const done = workDone(this.#pid);
    if (done === undefined || done !== this.#done) {
      this.#done = done ?? '';
      this.#movedAt = now;
    }
    return now - this.#movedAt >= STUCK_MS ? `did nothing for ${STUCK_MS} ms of its start` : undefined;
  }
}

/** Processor ticks and bytes read and written so far, as text to compare; undefined when the kernel does not say. */
function workDone(pid: number | undefined): string | undefined {
  if (pid === undefined) return undefined;
  try {
    // Fields 14 and 15, counted behind the command's closing bracket: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return `${fields[11]} ${fields[12]} ${readFileSync(`/proc/${pid}/io`, 'utf8')}`;
  } catch {
    return undefined;
  }
}

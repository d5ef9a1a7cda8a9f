/** The processes of the demo: each its own process group with its own log file, ended in reverse order of start. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const guardScript = join(dirname(fileURLToPath(import.meta.url)), 'guard.mjs');
/** A log file of the demo itself grows no further; what matters is in Hanok. */
const LOG_FILE_BYTES = 16 * 1024 * 1024;
const KEPT_LINES = 15;
const GRACE_MS = 6_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

export class Children {
  /**
   * @param {string} logFolder
   * @param {(name: string, how: string, lastLines: string[]) => void} onDeath called for an end nobody asked for
   */
  constructor(logFolder, onDeath) {
    this.logFolder = logFolder;
    this.onDeath = onDeath;
    this.running = [];
    this.stopping = false;
    this.guard = spawn(process.execPath, [guardScript], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.guard.stdin.on('error', () => {});
  }

  /**
   * @param {string} name
   * @param {string} command
   * @param {string[]} args
   * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} [options]
   */
  start(name, command, args, { onLine, ...options } = {}) {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    return this.adopt(name, child, onLine);
  }

  /** Takes over a child that was started detached with its output piped. */
  adopt(name, child, onLine) {
    const entry = { name, child, lines: [], ended: false, end: undefined };
    entry.end = new Promise((resolve) => {
      const over = (how) => {
        if (entry.ended) return;
        entry.ended = true;
        this.guard.stdin.write(`-${child.pid}\n`);
        resolve();
        if (!this.stopping) this.onDeath(name, how, entry.lines);
      };
      child.on('error', (error) => over(error.message));
      child.on('exit', (code, signal) => setImmediate(over, signal ?? `exit ${code}`));
    });
    if (child.pid !== undefined) this.guard.stdin.write(`+${child.pid}\n`);
    const file = createWriteStream(join(this.logFolder, `${name}.log`));
    let written = 0;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        entry.lines.push(line);
        if (entry.lines.length > KEPT_LINES) entry.lines.shift();
        if ((written += line.length + 1) < LOG_FILE_BYTES) file.write(`${line}\n`);
        onLine?.(line);
      });
    }
    this.running.push(entry);
    return entry;
  }

  /** Groups end one after another as given; a group's members end together. Names not given end first. */
  async stop(order) {
    this.stopping = true;
    const rank = (entry) => order.findIndex((group) => group.test(entry.name));
    const ranks = [...new Set(this.running.map(rank))].sort((a, b) => a - b);
    for (const each of ranks) await Promise.all(this.running.filter((e) => rank(e) === each).map((e) => this.#end(e)));
    this.guard.stdin.end();
    signalGroup(this.guard.pid, 'SIGKILL');
  }

  async #end(entry) {
    const { pid } = entry.child;
    if (pid === undefined) return;
    if (!entry.ended) {
      // PostgreSQL's SIGTERM waits for its clients; its SIGINT does not.
      signalGroup(pid, entry.name === 'postgres' ? 'SIGINT' : 'SIGTERM');
      await Promise.race([entry.end, sleep(GRACE_MS)]);
    }
    signalGroup(pid, 'SIGKILL'); // also what a member left behind
  }
}

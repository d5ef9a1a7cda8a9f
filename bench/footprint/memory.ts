/** What processes hold of the machine's memory, as the kernel accounts for it. All sizes in bytes. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

export interface ProcessMemory {
  readonly pid: number;
  readonly what: string;
  readonly rss: number;
  /** Pages shared with other processes counted by their share, whoever the others are. */
  readonly pss: number;
  readonly anonymous: number;
  readonly fileBacked: number;
  readonly threads: number;
  readonly handles: number;
}

export interface Memory {
  readonly processes: readonly ProcessMemory[];
  readonly pss: number;
  readonly anonymous: number;
  /** File pages of all of them together, each counted once. */
  readonly files: number;
  /**
   * Anonymous and file pages, each counted once: the proportional memory these processes would have on a machine of their
   * own. PSS flatters where anything else runs from the same files: the bench's own Node, another Hanok.
   */
  readonly alone: number;
}

const PAGE = 4_096;
/** Bits of a word of /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst). */
const PRESENT = 0x80;
const FILE_PAGE = 0x20;

/** `names` says what each process is. Linux only. */
export function readMemory(names: ReadonlyMap<number, string>, handles: (pid: number) => number): Memory {
  const processes = [...names].map(([pid, what]): ProcessMemory => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const bytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1_024;
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [rss, anonymous] = [bytes('Rss'), bytes('Anonymous')];
    return {
      pid,
      what,
      rss,
      pss: bytes('Pss'),
      anonymous,
      fileBacked: rss - anonymous,
      threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0),
      handles: handles(pid),
    };
  });
  const sum = (of: (one: ProcessMemory) => number) => processes.reduce((total, one) => total + of(one), 0);
  const files = filePages([...names.keys()]) * PAGE;
  const anonymous = sum((one) => one.anonymous);
  return { processes, pss: sum((one) => one.pss), anonymous, files, alone: anonymous + files };
}

/** Distinct resident pages of files mapped by any of the processes. */
function filePages(pids: readonly number[]): number {
  const pages = new Map<string, Set<number>>();
  for (const pid of pids) {
    const pagemap = openSync(`/proc/${pid}/pagemap`, 'r');
    try {
      for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
        const match = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ (\d+) +(\/.*)$/.exec(line);
        if (!match) continue;
        const [from, to, offset] = [match[1]!, match[2]!, match[3]!].map((hex) => Number.parseInt(hex, 16) / PAGE);
        const words = Buffer.alloc((to! - from!) * 8);
        const got = readSync(pagemap, words, 0, words.length, from! * 8);
        let seen = pages.get(match[5]!);
        if (!seen) pages.set(match[5]!, (seen = new Set()));
        for (let at = 7; at < got; at += 8)
          if ((words[at]! & PRESENT) !== 0 && (words[at]! & FILE_PAGE) !== 0) seen.add(offset! + (at >> 3));
      }
    } finally {
      closeSync(pagemap);
    }
  }
  return [...pages.values()].reduce((sum, one) => sum + one.size, 0);
}

/** Ways in which an engine can fail, each done to a real process. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { askEngine } from './engine-client.ts';
import { type EngineProxy, SPOILS } from './proxy.ts';
import { ENGINE_SOCKET } from './reroute.ts';

export interface Target {
  readonly pid: number;
  readonly engineDir: string;
  readonly proxy: EngineProxy;
  /** A file system of the engine's own, to be filled; undefined when none could be mounted. */
  readonly ownDisk: boolean;
}

export interface Fault {
  readonly name: string;
  /**
   * `replaced`: it lasts until another process has taken the engine's place, and that must happen. `may-replace`: it
   * lasts `lastsMs`, whichever process is there then.
   */
  readonly ends: 'replaced' | 'may-replace';
  readonly lastsMs?: number;
  /** A stopped or mute engine, for which the time to its replacement is measured against the goal. */
  readonly wedges?: boolean;
  /** Why it cannot be done on this machine. */
  missing?(target: Pick<Target, 'ownDisk'>): string | undefined;
  begin(target: Target): void | Promise<void>;
  /** Undoes it; called once, `pid` may be gone. */
  end?(target: Target): void | Promise<void>;
}

const signal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name);
  } catch {
    // Replaced meanwhile.
  }
};
const death = (name: NodeJS.Signals): Fault => ({ name, ends: 'replaced', begin: ({ pid }) => signal(pid, name) });
const stop = (name: string, lastsMs: number): Fault => ({
  name,
  ends: 'may-replace',
  lastsMs,
  begin: ({ pid }) => signal(pid, 'SIGSTOP'),
  end: ({ pid }) => signal(pid, 'SIGCONT'),
});

/** A query that wants all memory there is; in pieces, so that it meets the limit and does not pass it at one leap. */
const HOG = 'SELECT length(groupArray(repeat(toString(number), 20))) FROM numbers(100000000000)';
const hog = (target: Target, withinMs: number) =>
  askEngine(target.engineDir, '/?wait_end_of_query=1', HOG, withinMs).then(
    () => undefined,
    () => undefined,
  );

const prlimit = (pid: number, ...limits: string[]) => {
  try {
    execFileSync('prlimit', ['--pid', String(pid), ...limits], { stdio: 'ignore' });
  } catch {
    // Replaced meanwhile.
  }
};
const hasPrlimit = existsSync('/usr/bin/prlimit') ? undefined : 'no prlimit here';

const CGROUPS = '/sys/fs/cgroup/memory';
const cgroupOf = (engineDir: string) => join(CGROUPS, `hanok-torture-${process.pid}-${engineDir.split('/').at(-1)}`);
/** Above what it has: a process moved into a group brings nothing it has already. */
const CGROUP_BYTES = 64 * 1024 ** 2;

const FAULTS: readonly Fault[] = [
  death('SIGKILL'),
  death('SIGSEGV'),
  death('SIGABRT'),
  stop('stopped 1 s', 1_000),
  stop('stopped 5 s', 5_000),
  {
    name: 'stopped until replaced',
    ends: 'replaced',
    wedges: true,
    begin: ({ pid }) => signal(pid, 'SIGSTOP'),
  },
  {
    name: 'stopped and let go, again and again',
    ends: 'may-replace',
    lastsMs: 4_000,
    async begin({ pid }) {
      for (let i = 0; i < 6; i++) {
        signal(pid, 'SIGSTOP');
        await pause(400);
        signal(pid, 'SIGCONT');
        await pause(100);
      }
    },
    end: ({ pid }) => signal(pid, 'SIGCONT'),
  },
  {
    name: 'no more address space',
    ends: 'may-replace',
    lastsMs: 4_000,
    missing: () => hasPrlimit,
    begin({ pid }) {
      const size = /^VmSize:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      prlimit(pid, `--as=${Number(size) * 1_024 + 8 * 1024 ** 2}`);
    },
    end: ({ pid }) => prlimit(pid, '--as=unlimited'),
  },
  {
    name: 'memory group full, killed by the kernel',
    ends: 'replaced',
    missing: () => (existsSync(join(CGROUPS, 'memory.limit_in_bytes')) ? undefined : 'no memory cgroup (v1) to write'),
    begin(target) {
      const group = cgroupOf(target.engineDir);
      mkdirSync(group, { recursive: true });
      writeFileSync(join(group, 'memory.limit_in_bytes'), String(CGROUP_BYTES));
      writeFileSync(join(group, 'cgroup.procs'), String(target.pid));
      void hog(target, 10_000);
    },
    end(target) {
      // It is empty only when the kernel has taken the dead process out.
      try {
        rmdirSync(cgroupOf(target.engineDir));
      } catch {
        // The next one of this name is used again.
      }
    },
  },
  {
    name: 'its own memory limit reached',
    ends: 'may-replace',
    lastsMs: 3_000,
    async begin(target) {
      const until = performance.now() + 3_000;
      while (performance.now() < until) await Promise.all([hog(target, 3_000), hog(target, 3_000)]);
    },
  },
  {
    name: 'files may not grow',
    ends: 'may-replace',
    lastsMs: 3_000,
    missing: () => hasPrlimit,
    begin: ({ pid }) => prlimit(pid, '--fsize=0'),
    end: ({ pid }) => prlimit(pid, '--fsize=unlimited'),
  },
  {
    name: 'its disk full',
    ends: 'may-replace',
    lastsMs: 4_000,
    missing: ({ ownDisk }) => (ownDisk ? undefined : 'no file system could be mounted for it'),
    begin({ engineDir }) {
      try {
        execFileSync('dd', ['if=/dev/zero', `of=${join(engineDir, 'ballast')}`, 'bs=1M'], { stdio: 'ignore' });
      } catch {
        // Full is what it was to become.
      }
    },
    end: ({ engineDir }) => rmSync(join(engineDir, 'ballast'), { force: true }),
  },
  {
    name: 'its socket deleted',
    ends: 'replaced',
    wedges: true,
    begin: ({ engineDir }) => rmSync(join(engineDir, ENGINE_SOCKET), { force: true }),
  },
  ...SPOILS.flatMap((spoil): Fault[] => [
    {
      name: `answers ${spoil}, 2 s`,
      ends: 'may-replace',
      lastsMs: 2_000,
      begin: ({ proxy }) => proxy.break(spoil),
      end: ({ proxy }) => proxy.mend(),
    },
    {
      name: `answers ${spoil} until replaced`,
      ends: 'replaced',
      wedges: true,
      begin: ({ proxy }) => proxy.break(spoil),
      end: ({ proxy }) => proxy.mend(),
    },
  ]),
];

export function possibleFaults(ownDisk: boolean): { readonly faults: readonly Fault[]; readonly left: string[] } {
  const left = FAULTS.flatMap((fault) => {
    const why = fault.missing?.({ ownDisk });
    return why === undefined ? [] : [`${fault.name}: ${why}`];
  });
  return { faults: FAULTS.filter((fault) => fault.missing?.({ ownDisk }) === undefined), left };
}

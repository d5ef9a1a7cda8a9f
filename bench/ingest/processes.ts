import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Instance } from '../../e2e/instance.ts';

export const CORES = cpus().length;

/** User and system time of a process so far, its threads included, in seconds; clock ticks are 100 a second on Linux. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export interface Cpu {
  readonly main: number;
  readonly engines: number;
}

export function readCpu(instance: Instance): Cpu {
  return {
    main: cpuSeconds(instance.pid()),
    engines: instance.enginePids().reduce((sum, pid) => sum + cpuSeconds(pid), 0),
  };
}

export const cpuSince = (instance: Instance, before: Cpu): Cpu => {
  const now = readCpu(instance);
  return { main: now.main - before.main, engines: now.engines - before.engines };
};

export interface PeakMemory {
  /** Most of the sum over all processes at one look, pages shared between them counted once. */
  readonly pssBytes: number;
  readonly rssBytes: number;
}

/** Looks at all processes of the instance twice a second until `stop`, which gives the highest sums seen. */
export function watchMemory(instance: Instance): { stop(): PeakMemory } {
  let peak: PeakMemory = { pssBytes: 0, rssBytes: 0 };
  const look = () => {
    let pss = 0;
    let rss = 0;
    for (const pid of [instance.pid(), ...instance.enginePids()]) {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      pss += Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1_024;
      rss += Number(/^Rss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1_024;
    }
    peak = { pssBytes: Math.max(peak.pssBytes, pss), rssBytes: Math.max(peak.rssBytes, rss) };
  };
  look();
  const timer = setInterval(look, 500);
  return {
    stop() {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}

/** What processes take, as /proc tells. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Taken {
  /** Proportional set: pages shared by n processes count 1/n in each. MiB. */
  readonly pssMiB: number;
  readonly anonymousMiB: number;
  /** User and system time so far. */
  readonly cpuSeconds: number;
  readonly handles: number;
}

export function taken(pid: number): Taken {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0);
  return {
    pssMiB: kib('Pss') / 1_024,
    anonymousMiB: kib('Anonymous') / 1_024,
    cpuSeconds: cpuSeconds(pid),
    handles: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** Clock ticks are 100 a second on Linux. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The processes of a running Hanok. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Instance } from '../../e2e/instance.ts';

/** Every process of the instance by what it is. */
export function processesOf(instance: Instance): Map<number, string> {
  const names = new Map([[instance.pid(), 'main']]);
  for (const pid of instance.enginePids()) {
    const dir = /"dir":"[^"]*\/([^"/]+)"/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1];
    names.set(pid, `engine ${dir ?? '?'}`);
  }
  return names;
}

export const openHandles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** User and system time so far, in seconds; clock ticks are 100 a second on Linux. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

import { totalmem } from 'node:os';

/** Bytes that all our processes may use: the machine's, or what a container was given of them. */
export function readMachineMemory(): number {
  const total = totalmem();
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(total, constrained) : total;
}

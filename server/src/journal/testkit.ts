/** For tests of this module and the torture runs: a disk that can be cut off, and batches that know who they are. */
export { batchId, ManualClock, makeBatch, randomFrom, tenant } from './testkit/batches.ts';
export { type Call, type Choose, Disk, type Fault, type Operation, survivors } from './testkit/disk.ts';

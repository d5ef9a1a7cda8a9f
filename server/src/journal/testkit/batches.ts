import { isTenantId, type TenantId } from '@hanok/contract';
import { type Batch, type Clock, LAYOUT_VERSION, type TableName } from '#base';

export function tenant(text: string): TenantId {
  if (!isTenantId(text)) throw new Error(`${text} is no tenant`);
  return text;
}

/** A batch whose bytes say which it is, so that what comes back can be told from everything else. */
export function makeBatch(id: number, bytes = 64, name = 'tenant-a', tables: readonly TableName[] = ['logs']): Batch {
  return {
    tenant: tenant(name),
    signal: 'logs',
    layoutVersion: LAYOUT_VERSION,
    records: (id % 7) + 1,
    minTime: BigInt(id) * 1_000n,
    maxTime: BigInt(id) * 1_000n + 999n,
    blocks: tables.map((table, index) => ({ table, rows: (id % 7) + 1, bytes: pattern(id, index, bytes) })),
  };
}

/** The id at the front, then bytes that follow from it. */
function pattern(id: number, index: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(Math.max(8, bytes), (id * 31 + index * 7) & 0xff);
  buffer.writeUInt32LE(id, 0);
  buffer.writeUInt32LE(bytes, 4);
  return buffer;
}

/** The id of a batch made here; throws when any of its bytes is not what was made. */
export function batchId(batch: Batch): number {
  const first = Buffer.from(batch.blocks[0]!.bytes);
  const id = first.readUInt32LE(0);
  const made = makeBatch(
    id,
    first.readUInt32LE(4),
    batch.tenant,
    batch.blocks.map((block) => block.table),
  );
  for (const [index, block] of batch.blocks.entries())
    if (!made.blocks[index]!.bytes || Buffer.compare(made.blocks[index]!.bytes, block.bytes) !== 0)
      throw new Error(`block ${index} of batch ${id} is not what was appended`);
  if (made.records !== batch.records || made.minTime !== batch.minTime || made.maxTime !== batch.maxTime)
    throw new Error(`the header of batch ${id} is not what was appended`);
  return id;
}

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #ms = 1_700_000_000_000;
  now(): number {
    return this.#ms;
  }
  nanos(): bigint {
    return BigInt(this.#ms) * 1_000_000n;
  }
  monotonic(): number {
    return this.#ms;
  }
  advance(ms: number): void {
    this.#ms += ms;
  }
}

/** Repeatable randomness (mulberry32): numbers from 0 up to, not with, 1. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

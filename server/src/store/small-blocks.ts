import { setImmediate as turn } from 'node:timers/promises';
import { type Block, isHanokError, joinBlocks, LAYOUTS } from '#base';

/**
 * A block of so many rows for each of its columns is large enough as it is. Joined, logs of 500 rows (23 columns) gained
 * nothing and acknowledgements waited 12 ms longer meanwhile (p99); spans of 500 (36 columns) gained a sixth of their CPU.
 */
const ENOUGH_ROWS_PER_COLUMN = 20;
/** Put together at once: a millisecond of work, between which others have the event loop. */
const MOST_BLOCKS = 64;
const MOST_ROWS = 4_000;

/** Bytes of all blocks, of one table and layout, in order; small neighbours as one block, which the engine takes with less work. */
export async function withSmallJoined(blocks: readonly Block[]): Promise<Uint8Array[]> {
  const bodies: Uint8Array[] = [];
  for (let at = 0; at < blocks.length; ) {
    let end = at;
    for (let rows = 0; end < blocks.length && end - at < MOST_BLOCKS && rows < MOST_ROWS; end++) {
      if (isEnough(blocks[end]!)) break;
      rows += blocks[end]!.rows;
    }
    if (end - at > 1) {
      bodies.push(...join(blocks.slice(at, end)));
      at = end;
      await turn();
    } else bodies.push(blocks[at++]!.bytes);
  }
  return bodies;
}

function isEnough({ table, rows }: Block): boolean {
  return rows >= ENOUGH_ROWS_PER_COLUMN * LAYOUTS[table].columns.length;
}

function join(blocks: readonly Block[]): Uint8Array[] {
  const bytes = blocks.map((block) => block.bytes);
  try {
    return [joinBlocks(bytes)];
  } catch (error) {
    // The engine says which of them is damaged, and whose it is.
    if (isHanokError(error) && error.code === 'native.malformed') return bytes;
    throw error;
  }
}

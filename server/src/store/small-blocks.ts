import { setImmediate as turn } from 'node:timers/promises';
import { type Block, isHanokError, joinBlocks } from '#base';

/** Of a block that is large enough as it is. */
const ENOUGH_ROWS = 1_000;
/** Put together at once: a millisecond of work, between which others have the event loop. */
const MOST_BLOCKS = 64;
const MOST_ROWS = 4_000;

/** Bytes of all blocks, of one table and layout, in order; small neighbours as one block, which the engine takes with less work. */
export async function withSmallJoined(blocks: readonly Block[]): Promise<Uint8Array[]> {
  const bodies: Uint8Array[] = [];
  for (let at = 0; at < blocks.length; ) {
    let end = at;
    for (let rows = 0; end < blocks.length && end - at < MOST_BLOCKS && rows < MOST_ROWS; end++) {
      if (blocks[end]!.rows >= ENOUGH_ROWS) break;
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

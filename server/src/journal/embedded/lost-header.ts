import type { JournalFile } from '../fs.ts';
import { entryMarker, noncesIn, SEGMENT_HEADER_BYTES } from './format.ts';
import { Scan, scanWindow } from './scan.ts';

/**
 * The nonce of a segment neither copy of whose header is whole, when no other file knows it. It stands in three places of
 * the file's beginning that tenants cannot write to. Each may be spoilt, so that one is believed by which an entry is
 * found; undefined when there is none.
 *
 * @param page the file's beginning, as much as there is of the header's page and the first entry's fixed bytes
 */
export async function findNonce(file: JournalFile, page: Buffer, end: number): Promise<bigint | undefined> {
  const nonces = noncesIn(page);
  const window = nonces.length > 0 ? scanWindow(end) : Buffer.alloc(0);
  for (const nonce of nonces) {
    const scan = new Scan(file, entryMarker(nonce), { offset: SEGMENT_HEADER_BYTES, end }, window, true);
    if (await scan.find()) return nonce;
  }
  return undefined;
}

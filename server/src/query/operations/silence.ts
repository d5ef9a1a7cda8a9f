import { SILENT_AFTER_MS } from '@hanok/contract';
import type { Range } from '../range.ts';

const SILENT_AFTER = BigInt(SILENT_AFTER_MS) * 1_000_000n;

/**
 * Has a service gone silent? Only a range that reaches until now can tell: of one that ended yesterday nothing is known
 * about today. A minute's grace, for browsers ask for a range that ends where their clock is.
 */
export function decideSilent(lastSeen: bigint, range: Range, now: bigint): boolean {
  if (range.to < now - 60_000_000_000n) return false;
  return now - lastSeen > SILENT_AFTER;
}

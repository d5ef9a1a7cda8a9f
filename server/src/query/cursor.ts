import { createHash } from 'node:crypto';
import { fail } from './errors.ts';

/**
 * Where a page ended. Rows are in the order of (key, tie); rows with the same both are alike, so their number is
 * enough to go on among them.
 */
export interface PagePosition {
  /** Nanoseconds: a time, or a duration. */
  readonly key: bigint;
  /** Hash of the row, UInt64. */
  readonly tie: bigint;
  /** Rows with this key given so far, on this page and those before. */
  readonly atKey: number;
  /** Rows with this key and this tie given so far. */
  readonly atTie: number;
}

/** What a cursor is good for; another query's cursor is refused. */
export function cursorScope(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 8);
}

export function writeCursor(position: PagePosition, scope: string): string {
  return Buffer.from([scope, position.key, position.tie, position.atKey, position.atTie].join('.')).toString(
    'base64url',
  );
}

const SHAPE = /^([\w-]{8})\.(-?\d{1,19})\.(\d{1,20})\.(\d{1,12})\.(\d{1,12})$/;

export function readCursor(text: string, scope: string): PagePosition {
  const match = SHAPE.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (!match) throw fail('query.bad-cursor', 'the cursor cannot be read', { at: 'cursor' });
  if (match[1] !== scope) throw fail('query.bad-cursor', 'the cursor belongs to another query', { at: 'cursor' });
  return { key: BigInt(match[2]!), tie: BigInt(match[3]!), atKey: Number(match[4]), atTie: Number(match[5]) };
}

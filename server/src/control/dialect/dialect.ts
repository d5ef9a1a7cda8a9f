import type { ColumnDataType, Expression, Kysely, Transaction } from 'kysely';
import type { AccessChange } from '../access/feed.ts';
import type { Schema } from '../schema.ts';

/** Types of columns as a database spells them. */
export interface ColumnTypes {
  /** Compared byte by byte, so that order and equality are the same everywhere. */
  readonly text: ColumnDataType | Expression<unknown>;
  /** Unix milliseconds and byte rates: signed 64-bit. Read as a number; beyond 2^53 - 1 it is an error, not rounded. */
  readonly bigInteger: ColumnDataType;
  /** 64-bit floating point. */
  readonly double: ColumnDataType;
}

/**
 * What a database brings: how to reach it and where it differs. The schema, the migrations and all queries are
 * written once against this; a second database is a second bundle, not a second tree. When the database cannot be
 * reached, everything that asks it fails with `control.away`.
 */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  readonly database: Kysely<Schema>;
  readonly types: ColumnTypes;
  /**
   * Statements that make the database refuse UPDATE and DELETE on a table; `removable` is a condition on the row `old`, in
   * words of both databases, of rows that may be deleted all the same.
   */
  readonly appendOnly: (table: string, removable?: string) => readonly string[];
  /** Whether a transaction must lock a row (SELECT … FOR UPDATE) to keep others from changing it. */
  readonly rowLocks: boolean;
  /** Is this the error of a UNIQUE constraint? Matched by the database's own code. */
  readonly isUniqueViolation: (error: unknown) => boolean;
  /**
   * Waits until no other transaction that took its turn is under way, in any process, and keeps the others waiting until
   * this one ends: what is read after it still holds at the commit.
   */
  readonly takeTurn: (transaction: Transaction<Schema>) => Promise<void>;
  /** Tells the other processes on this database of changes, when the transaction commits. */
  readonly announce: (transaction: Transaction<Schema>, changes: readonly AccessChange[]) => Promise<void>;
  /**
   * Hears what other processes committed, within half a second; `anything` when it cannot be known what. What was missed
   * while the database was away is told as `anything` once it is back. Called once.
   */
  readonly listen: (heard: (changes: readonly AccessChange[]) => void) => void;
  /** Since when, in Unix milliseconds, changes of other processes are not heard; undefined while they are. */
  readonly awaySince: () => number | undefined;
  readonly close: () => Promise<void>;
}

import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/**
 * What a database brings: how to reach it and where it differs. The schema, the migrations and all queries are
 * written once against this; a second database is a second bundle, not a second tree.
 */
export interface Dialect {
  readonly name: 'sqlite';
  readonly database: Kysely<Schema>;
  /** Column type that holds Unix milliseconds and byte rates: signed 64-bit. */
  readonly bigInteger: 'integer' | 'bigint';
  /** Statements that make the database refuse UPDATE and DELETE on a table. */
  readonly appendOnly: (table: string) => readonly string[];
  /** Is this the error of a UNIQUE constraint? Matched by the database's own code. */
  readonly isUniqueViolation: (error: unknown) => boolean;
  /** Has another process committed to the database since this was last asked? Cheap: asked twice a second. */
  readonly changedElsewhere: () => boolean;
  readonly close: () => Promise<void>;
}

import type { Transaction } from 'kysely';
import type { Dialect } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';

/** Forward only. A migration that was ever released is never changed; a mistake is mended by the next one. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Runs in one transaction with the row that says it ran. */
  readonly up: (transaction: Transaction<Schema>, dialect: Dialect) => Promise<void>;
}

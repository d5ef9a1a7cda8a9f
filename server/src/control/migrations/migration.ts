import type { Kysely } from 'kysely';
import type { Dialect } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';

/** Forward only. A migration that was ever released is never changed; a mistake is mended by the next one. */
export interface Migration {
  /** Begins with its number in four digits: the order of names is the order of migrations. */
  readonly name: string;
  /** Runs in one transaction with all that are due and with the rows that say they ran. */
  readonly up: (transaction: Kysely<Schema>, dialect: Dialect) => Promise<void>;
}

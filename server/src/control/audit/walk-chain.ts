import { setImmediate as turn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import type { ChainCheck } from './chain.ts';

const PAGE = 1_000;

/** Feeds all rows of the audit log to `check`, in order, and ends it; a transaction is a database too. */
export async function walkChain(database: Kysely<Schema>, check: ChainCheck): Promise<void> {
  for (let after = -1; ; ) {
    const rows = await database
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    for (const row of rows) check.take(row);
    if (rows.length < PAGE) break;
    after = rows.at(-1)!.seq;
    // A long chain is checked in pieces, so that requests are served in between.
    await turn();
  }
  check.end();
}

import type { Kysely } from 'kysely';
import type { AuditEntriesTable, Schema } from '../schema.ts';
import { FIRST_CHAIN } from './chain.ts';

/** For who sends entries on as something else: at least once each, in the order of their chain. */
export interface Forwarding {
  /** Chains with entries that were not sent on. */
  due(): Promise<string[]>;
  /** The oldest of a chain's entries that were not sent on. */
  next(chain: string, limit: number): Promise<AuditEntriesTable[]>;
  /** The chain's entries up to this number arrived. */
  sent(chain: string, seq: number): Promise<void>;
  /** Calls `listener` when this process appended something. Called once. */
  listen(listener: () => void): void;
}

export function openForwarding(database: Kysely<Schema>): Forwarding & { readonly wake: () => void } {
  let listener = () => {};
  return {
    async due() {
      const rows = await database
        .selectFrom('audit_chains as c')
        .leftJoin('audit_forwarded as f', 'f.chain', 'c.chain')
        .select('c.chain')
        .where('c.chain', '!=', FIRST_CHAIN)
        .where('c.seq', '>', ({ fn, val }) => fn.coalesce('f.seq', val(0)))
        .orderBy('c.chain')
        .execute();
      return rows.map(({ chain }) => chain);
    },
    async next(chain, limit) {
      const known = await database
        .selectFrom('audit_forwarded')
        .select('seq')
        .where('chain', '=', chain)
        .executeTakeFirst();
      return database
        .selectFrom('audit_entries')
        .selectAll()
        .where('chain', '=', chain)
        .where('seq', '>', known?.seq ?? 0)
        .orderBy('seq')
        .limit(limit)
        .execute();
    },
    async sent(chain, seq) {
      await database
        .insertInto('audit_forwarded')
        .values({ chain, seq })
        // Another process may have been faster.
        .onConflict((conflict) => conflict.column('chain').doUpdateSet({ seq }).where('audit_forwarded.seq', '<', seq))
        .execute();
    },
    listen(wanted) {
      listener = wanted;
    },
    wake: () => listener(),
  };
}

import { type Kysely, sql } from 'kysely';
import type { AuditEntriesTable, Schema } from '../schema.ts';

export interface AuditFilter {
  /** Beginning of the action's name. */
  readonly action?: string | undefined;
  /** Somewhere in the actor's name, the target; ASCII letters of either case. */
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly outcome?: AuditEntriesTable['outcome'] | undefined;
  /** Unix milliseconds, both inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Words; each somewhere in the entry. */
  readonly text?: string | undefined;
}

export interface AuditSearch {
  readonly chain: string;
  /** Only entries before this number. */
  readonly before: number | undefined;
  readonly limit: number;
  readonly filter?: AuditFilter;
}

export interface AuditFound {
  /** Newest first. */
  readonly rows: AuditEntriesTable[];
  /** `before` of the next page; null when nothing older is there. A page may be short, or empty, and yet not the last. */
  readonly next: number | null;
}

/** Entries looked at in one statement: a filter that nothing fits must not read a chain of years at once. */
const LOOKED_AT = 20_000;
const MOST_WORDS = 8;
const TOLD = ['actor', 'remote', 'tenant', 'action', 'target', 'outcome', 'reason', 'request_id'] as const;
const JSONS = ['before', 'after', 'detail'] as const;

const lower = (column: string) => sql<string>`lower(coalesce(${sql.ref(column)}, ''))`;
/** For LIKE with `\` as the escape, which is no default on SQLite. */
const somewhere = (text: string): string =>
  // Databases lower ASCII alone.
  `%${text.replace(/[A-Z]+/g, (some) => some.toLowerCase()).replace(/[\\%_]/g, '\\$&')}%`;
const has = (column: string, pattern: string) => sql<boolean>`${lower(column)} like ${pattern} escape '\\'`;

export async function searchChain(
  database: Kysely<Schema>,
  { chain, before, limit, filter = {} }: AuditSearch,
): Promise<AuditFound> {
  const bounds = await database
    .selectFrom('audit_chains')
    .select(['seq', 'first_seq'])
    .where('chain', '=', chain)
    .executeTakeFirst();
  if (!bounds) return { rows: [], next: null };
  const top = Math.min(bounds.seq, (before ?? Number.POSITIVE_INFINITY) - 1);
  const bottom = Math.max(bounds.first_seq, top - LOOKED_AT + 1);
  if (top < bottom) return { rows: [], next: null };
  let query = database
    .selectFrom('audit_entries')
    .selectAll()
    .where('chain', '=', chain)
    .where('seq', '<=', top)
    .where('seq', '>=', bottom)
    .orderBy('seq', 'desc')
    .limit(limit);
  const { action, actor, target, outcome, from, to, text } = filter;
  if (action) query = query.where(sql<boolean>`substr(action, 1, ${[...action].length}) = ${action}`);
  if (actor) query = query.where(has('actor', somewhere(actor)));
  if (target) query = query.where(has('target', somewhere(target)));
  if (outcome) query = query.where('outcome', '=', outcome);
  if (from !== undefined) query = query.where('at', '>=', from);
  if (to !== undefined) query = query.where('at', '<=', to);
  for (const word of (text ?? '').split(/\s+/).filter(Boolean).slice(0, MOST_WORDS)) {
    // What is stored as JSON is looked for as JSON has it.
    const patterns = [somewhere(word), somewhere(JSON.stringify(word).slice(1, -1))] as const;
    query = query.where((where) =>
      where.or([...TOLD.map((column) => has(column, patterns[0])), ...JSONS.map((column) => has(column, patterns[1]))]),
    );
  }
  const rows = await query.execute();
  const reached = rows.length === limit ? rows.at(-1)!.seq : bottom;
  return { rows, next: reached > bounds.first_seq ? reached : null };
}

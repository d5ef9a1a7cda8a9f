import type { FacetsResponse } from '@hanok/contract';
import { isHanokError } from '#base';
import { type Budget, bind, type Fragment, joined, name, type Select, select, sql } from '#store';
import type { QueryConfig } from './config.ts';
import type { KnownKeys } from './language/known-keys.ts';
import { labelOf } from './language/label.ts';
import type { QuerySession } from './query-session.ts';
import { Recent } from './recent.ts';
import { numberOf, type Row, textOf } from './rows.ts';

type Signal = 'logs' | 'traces';
type CountedFacet = FacetsResponse['facets'][number];

interface Ask {
  readonly fields: readonly string[];
  readonly where: readonly Fragment[];
  readonly known: KnownKeys | undefined;
  readonly limit: number;
}

/**
 * Fields of a handful of values that people look for the rarest of, an error among a million lines: where the others are
 * counted from a sample, these are counted once more from all rows, which is quick because their columns are small numbers.
 */
const RARE_MATTERS: ReadonlySet<string> = new Set(['severity_text', 'status', 'kind']);
/** Each look that runs out is followed by one at this part of the rows: two of them make a 256th, and that ends. */
const COARSER = 16;
const LOOKS = 3;
/** A field that may be an attribute or a resource's takes 130 of the 2,000 steps that a statement may have. */
const FIELDS_AT_ONCE = 8;
/** Questions of which it is remembered that all rows were too many. */
const REMEMBERED = 1_024;

/**
 * Facets in one pass over the matching rows, grouped by each field by itself: columns of few values stay the small
 * numbers they are kept as, which takes a fifth of the time of turning every row into a row per field.
 *
 * Fields of a hundred thousand values each are what this cannot do in any time or memory. So a look has little of both,
 * and above a number of rows, or when it runs out, an even sample is counted: rows whose time hashes to one of n, the same
 * for every field, so that shares stay right. Where the sample ends depends on the tenant's rows alone.
 */
export class FacetCounter {
  readonly #config: Pick<QueryConfig, 'facetRows' | 'facetTime' | 'facetMemory'>;
  readonly #known = new Recent<number>(REMEMBERED);

  constructor(config: Pick<QueryConfig, 'facetRows' | 'facetTime' | 'facetMemory'>) {
    this.#config = config;
  }

  /** One row of `share` was counted. Many fields are counted a few at a time, for a statement is planned by its length. */
  async count(session: QuerySession, signal: Signal, ask: Ask): Promise<{ facets: CountedFacet[]; share: number }> {
    const facets: CountedFacet[] = [];
    let share = 1;
    for (let from = 0; from < ask.fields.length; from += FIELDS_AT_ONCE) {
      const fields = ask.fields.slice(from, from + FIELDS_AT_ONCE);
      const part = await this.#count(session, signal, { ...ask, fields }, share);
      facets.push(...part.facets);
      share = part.share;
    }
    const exact = ask.fields.filter((field) => RARE_MATTERS.has(field));
    if (share === 1 || exact.length === 0) return { facets, share };
    const counted = await this.#countAll(session, signal, { ...ask, fields: exact });
    return { facets: facets.map((facet) => counted?.find(({ field }) => field === facet.field) ?? facet), share };
  }

  /** Counts every row; undefined when that takes more than a facet may. */
  async #countAll(session: QuerySession, signal: Signal, ask: Ask): Promise<CountedFacet[] | undefined> {
    const { facetTime, facetMemory } = this.#config;
    const budget: Budget = { timeMs: facetTime, memoryBytes: facetMemory, overrun: 'error' };
    try {
      return facetsOf(await session.rows(planOf(signal, tableOf(signal), ask, 1), budget), ask, 1);
    } catch (error) {
      if (ranOut(error)) return undefined;
      throw error;
    }
  }

  /** `least`: what the fields before were counted at. */
  async #count(session: QuerySession, signal: Signal, ask: Ask, least: number) {
    const { facetRows, facetTime, facetMemory } = this.#config;
    const table = tableOf(signal);
    const [count] = await session.rows(select({ columns: { n: sql`count()` }, from: table, where: ask.where }));
    const fewest = Math.max(1, Math.ceil(numberOf(count?.['n']) / facetRows));
    const key = `${session.caller.tenant} ${signal} ${ask.fields.join(' ')}`;
    let share = Math.max(fewest, least, this.#known.get(key) ?? 1);
    for (let look = 1; ; look++) {
      const last = look === LOOKS;
      const budget: Budget = { timeMs: facetTime, memoryBytes: facetMemory, overrun: last ? 'partial' : 'error' };
      try {
        const rows = await session.rows(planOf(signal, table, ask, share), budget);
        const facets = facetsOf(rows, ask, share);
        if (share > fewest) {
          this.#known.set(key, share);
          session.leaveOut(
            'query.facets-sampled',
            'The values are too many to count them all; the counts are estimates from a part of the rows.',
            'too-many-values',
            { share },
          );
        }
        return { facets, share };
      } catch (error) {
        if (!ranOut(error)) throw error;
        if (last) {
          session.leaveOut(
            'query.facets-sampled',
            'The rows are too large to count their values, even a part of them.',
            'too-large-rows',
          );
          return { facets: ask.fields.map((field): CountedFacet => ({ field, values: [], more: true })), share };
        }
        share *= COARSER;
      }
    }
  }
}

const tableOf = (signal: Signal): 'logs' | 'spans' => (signal === 'logs' ? 'logs' : 'spans');

const ranOut = (error: unknown): boolean =>
  isHanokError(error) && (error.code === 'store.timeout' || error.code === 'store.memory');

function facetsOf(rows: readonly Row[], { fields, limit }: Ask, share: number): CountedFacet[] {
  return fields.map((field, i) => {
    const values: CountedFacet['values'] = rows
      .filter((row) => numberOf(row['f']) === i)
      .map((row) => ({ value: textOf(row['v']), count: numberOf(row['n']) * share }));
    return { field, values: values.slice(0, limit), more: values.length > limit };
  });
}

function planOf(signal: Signal, table: 'logs' | 'spans', { fields, where, known, limit }: Ask, share: number): Select {
  const label = (i: number) => name(`label${i}`);
  const labels = fields.map((field, i) => [`label${i}`, labelOf(field, signal, known)] as const);
  const sampled = share > 1 ? [sql`cityHash64(timestamp, resource_id) % ${bind.uint(share)} = 0`] : [];
  // In a row only the field it was grouped by is not empty; rows without a value are empty throughout.
  const whichOf = (value: (i: number) => Fragment, otherwise: Fragment) =>
    sql`multiIf(${joined(
      fields.map((_, i) => sql`${label(i)} != '', ${value(i)}`),
      ', ',
    )}, ${otherwise})`;
  return select({
    columns: {
      f: whichOf((i) => sql`${bind.uint(i)}`, sql`${bind.uint(fields.length)}`),
      v: whichOf((i) => sql`toString(${label(i)})`, sql`''`),
      n: name('rows'),
    },
    from: select({
      columns: { ...Object.fromEntries(labels), rows: sql`count()` },
      from: table,
      where: [...where, ...sampled],
      groupingSets: fields.map((_, i) => [label(i)]),
    }),
    where: [sql`v != ''`],
    orderBy: [name('f'), sql`n DESC`, name('v')],
    limitBy: { rows: limit + 1, by: [name('f')] },
  });
}

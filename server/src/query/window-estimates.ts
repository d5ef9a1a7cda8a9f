import type { TenantId } from '@hanok/contract';
import { Recent } from './recent.ts';

/** Over how much time the rows of a question's pages were spread, for the next page to look at no more than it needs. */
export interface WindowEstimate {
  /** Nanoseconds that a walk for so many rows should look at first. */
  first(rows: number): bigint;
  /** A walk over so many nanoseconds found so many rows. */
  walked(rows: number, nanoseconds: bigint): void;
}

const SECOND = 1_000_000_000n;
/** For a question not asked before: 100 rows of a tenant with ten a second that match. Who has fewer pays one small look. */
const UNKNOWN = 15n * SECOND;
/** Under this nothing is saved: a window is read by granules of thousands of rows. */
const LEAST = 5n * SECOND;
/** A window that finds nothing is followed by one 96 times as long, so that a quarter of an hour goes with a day. */
const MOST = 900n * SECOND;
/** Rows come unevenly: a window that falls short by one row costs another question. */
const MARGIN = 2n;
/** Entries of some 100 bytes. */
const CAPACITY = 4_096;

/** The estimates of all tenants' questions, remembered as long as they are asked. A guess: being wrong costs time, never rows. */
export class WindowEstimates {
  /** Nanoseconds per row. */
  readonly #known = new Recent<bigint>(CAPACITY);

  of(tenant: TenantId, question: string): WindowEstimate {
    const key = `${tenant} ${question}`;
    return {
      first: (rows) => {
        const perRow = this.#known.get(key);
        if (perRow === undefined) return UNKNOWN;
        const wanted = perRow * BigInt(rows) * MARGIN;
        return wanted < LEAST ? LEAST : wanted > MOST ? MOST : wanted;
      },
      walked: (rows, nanoseconds) => this.#known.set(key, nanoseconds / BigInt(Math.max(1, rows))),
    };
  }
}

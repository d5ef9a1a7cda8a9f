import type { TenantId } from '@hanok/contract';
import { must } from '#base';
import type { LogBlock } from '../decode/log-block.ts';
import type { LogRecord } from '../decode/records.ts';
import { toLogRow } from '../decode/shapes.ts';
import { type Needing, Surroundings } from '../decode/surroundings.ts';
import { type Matcher, matcherOf } from '../language/evaluate.ts';
import { readQuery } from '../language/read.ts';
import { type BatchView, viewOf } from './batch-view.ts';
import type { Line, Look, Looked, ToThread } from './messages.ts';
import { newest, newestLines } from './newest.ts';

/** After so many milliseconds, or the row that lasts beyond them, others have their turn. */
const SLICE_MS = 10;
/** Rows whose resources are looked up at once. */
const GROUP = 500;
/** A resource the store did not have yet is asked for again after this. */
const ASK_AGAIN_MS = 1_000;

interface Place {
  readonly logs: LogBlock;
  readonly row: number;
}

interface Found {
  readonly time: bigint;
  readonly record: LogRecord;
}

export interface LookerClock {
  monotonic(): number;
  /** Milliseconds of CPU that this thread has used. */
  cpu(): number;
}

/** What the thread of live tails does: it keeps tails and batches and looks at one for the other. */
export class Looker {
  readonly #clock: LookerClock;
  readonly #around: Surroundings;
  readonly #tails = new Map<number, { readonly tenant: TenantId; readonly query: string; matches?: Matcher }>();
  readonly #batches = new Map<number, { readonly tenant: TenantId; readonly view: BatchView }>();
  /** Resources and scopes that were asked for, and when. */
  readonly #missing = new Map<string, number>();

  constructor(clock: LookerClock) {
    this.#clock = clock;
    this.#around = new Surroundings(clock);
  }

  take(message: Exclude<ToThread, { readonly kind: 'look' }>): void {
    switch (message.kind) {
      case 'tail':
        this.#tails.set(message.tail, { tenant: message.tenant, query: message.query });
        return;
      case 'batch': {
        const { tenant } = message;
        const view = viewOf(message.blocks);
        for (const [id, row] of view.resources) this.#around.learnResource(tenant, id, row);
        for (const [id, row] of view.scopes) this.#around.learnScope(tenant, id, row);
        this.#batches.set(message.batch, { tenant, view });
        return;
      }
      case 'learn':
        this.#around.put(message.tenant, message);
        return;
      case 'forget-tail':
        this.#tails.delete(message.tail);
        return;
      case 'forget-batch':
        this.#batches.delete(message.batch);
        return;
    }
  }

  look({ id, tail: tailId, batches, from, wanted }: Look): Looked {
    const began = this.#clock.cpu();
    const until = this.#clock.monotonic() + SLICE_MS;
    const tail = this.#tails.get(tailId);
    must(tail, 'a tail is told before it looks');
    tail.matches ??= matcherOf(readQuery(tail.query, 'logs'));
    const found: Found[] = [];
    let missing: readonly Needing[] = [];
    let done = 0;
    let next = from;
    while (done < batches.length && missing.length === 0 && this.#clock.monotonic() < until) {
      const batch = this.#batches.get(batches[done]!);
      must(batch && batch.tenant === tail.tenant, 'a tail looks at batches of its own tenant');
      const place = placeOf(batch.view.logs, next);
      if (place) ({ next, missing } = this.#group(tail.matches, tail.tenant, place, next, until, found));
      else {
        done++;
        next = 0;
      }
    }
    // Only the newest are written out.
    const lines = newest(found, wanted.lines).map(({ time, record }): Line => {
      const row = toLogRow(record, this.#around, tail.tenant);
      return { time, id: row.id, data: JSON.stringify(row) };
    });
    return {
      kind: 'looked',
      id,
      lines: newestLines(lines, wanted),
      matching: found.length,
      done,
      next,
      missing,
      cost: this.#clock.cpu() - began,
    };
  }

  /** Looks at some rows of a block, or says which resources must be known before. */
  #group(
    matches: Matcher,
    tenant: TenantId,
    { logs, row }: Place,
    index: number,
    until: number,
    found: Found[],
  ): { readonly next: number; readonly missing: readonly Needing[] } {
    const end = Math.min(logs.rows, row + GROUP);
    const missing = this.#unknown(tenant, logs, row, end);
    if (missing.length > 0) return { next: index, missing };
    let at = row;
    do {
      const record = logs.record(at++);
      if (record.tenant === tenant && this.#matches(matches, record, tenant))
        found.push({ time: record.timestamp, record });
    } while (at < end && this.#clock.monotonic() < until);
    return { next: index + at - row, missing: [] };
  }

  #matches(matches: Matcher, record: LogRecord, tenant: TenantId): boolean {
    return matches(record, {
      resource: () => this.#around.resource(tenant, record.resourceId).pairs,
      scope: () => {
        const scope = this.#around.scope(tenant, record.scopeId);
        return scope && { name: scope.name, version: scope.version, attributes: scope.pairs };
      },
    });
  }

  /** One of the rows for each resource or scope that is not known and was not asked for just now. */
  #unknown(tenant: TenantId, logs: LogBlock, from: number, to: number): Needing[] {
    const now = this.#clock.monotonic();
    const wanted: Needing[] = [];
    for (let row = from; row < to; row++) {
      if (row > from && logs.refersAsBefore(row)) continue;
      const { timestamp, resourceId, scopeId } = logs.record(row);
      const key = `${tenant} ${resourceId} ${scopeId}`;
      const known =
        this.#around.resource(tenant, resourceId).pairs.keys.length > 0 &&
        (scopeId === '0' || this.#around.scope(tenant, scopeId) !== undefined);
      if (known || now - (this.#missing.get(key) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) continue;
      if (this.#missing.size > 10_000) this.#missing.clear();
      this.#missing.set(key, now);
      wanted.push({ timestamp, resourceId, scopeId });
    }
    return wanted;
  }
}

/** The block and row of a batch's `index`-th log. */
function placeOf(blocks: readonly LogBlock[], index: number): Place | undefined {
  let row = index;
  for (const logs of blocks) {
    if (row < logs.rows) return { logs, row };
    row -= logs.rows;
  }
  return undefined;
}

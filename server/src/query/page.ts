import { bind, type Fragment, joined, name, select, sql } from '#store';
import type { Ask } from './ask.ts';
import type { Place } from './cursor.ts';
import { earlier, later, type Range, within } from './range.ts';
import { bigOf, type Row } from './rows.ts';

/** How rows are ordered: by `key`, then by `tie`, both downwards or both upwards. */
export interface Order {
  readonly direction: 'down' | 'up';
  /** `time` walks the range in windows; `duration` must see all of it. */
  readonly by: 'time' | 'duration';
}

export interface PageRequest {
  readonly table: 'logs' | 'spans';
  readonly columns: Readonly<Record<string, Fragment>>;
  readonly where: readonly Fragment[];
  /** A UInt64 that is the same for the same row, computed from the columns. */
  readonly tie: Fragment;
  readonly range: Range;
  readonly order: Order;
  readonly after: Place | undefined;
  readonly limit: number;
}

export interface Page {
  readonly rows: readonly Row[];
  /** Of the last row; undefined when nothing comes behind it. */
  readonly next: Place | undefined;
}

/** First window of a walk; each further one is this many times longer. */
const FIRST_WINDOW = 900n * 1_000_000_000n;
const GROWTH = 4n;

/**
 * One page. Rows of equal time are told apart by their hash, so pages neither skip nor repeat, however many share
 * a time. Two questions per window: the first reads only times and what the filter needs, and finds where the page
 * ends; the second reads the wide columns of just that stretch. Windows begin at the page's start and grow, so that a
 * recent page does not look at the whole range.
 */
export async function readPage(ask: Ask, request: PageRequest): Promise<Page> {
  const { order, limit } = request;
  const down = order.direction === 'down';
  const rows: Row[] = [];
  let place = request.after;
  for (const window of windows(request)) {
    for (;;) {
      // One more than wanted tells whether there is a next page.
      const wanted = limit + 1 - rows.length;
      const started = place && contains(window, place.key, order) ? place : undefined;
      const asked = wanted + (started?.atKey ?? 0);
      const keys = await ask.rows(
        select({
          columns: { k: keyValue(order) },
          from: request.table,
          where: [...conditions(request, window), ...(started ? [notBefore(order, started.key)] : [])],
          orderBy: [sql`${keyColumn(order)} ${down ? sql`DESC` : sql`ASC`}`],
          limit: asked,
        }),
      );
      const last = keys.at(-1);
      if (!last) break;
      const found = await readStretch(
        ask,
        request,
        window,
        keys.map((row) => bigOf(row['k'])),
        started,
        wanted,
      );
      for (const row of found) {
        const key = bigOf(row['page_key']);
        const tie = bigOf(row['page_tie']);
        if (rows.length === limit) return { rows, next: place };
        rows.push(row);
        const sameKey: boolean = place?.key === key;
        place = {
          key,
          tie,
          atKey: sameKey && place ? place.atKey + 1 : 1,
          atTie: sameKey && place && place.tie === tie ? place.atTie + 1 : 1,
        };
      }
      if (keys.length < asked) break;
      // Full, yet rows came in between that shifted the count: go on behind what was given.
      if (found.length === 0) {
        place = { key: bigOf(last['k']) + (down ? -1n : 1n), tie: down ? MAX_UINT64 : 0n, atKey: 0, atTie: 0 };
        if (!contains(window, place.key, order)) break;
      }
    }
    if (ask.partial) break;
  }
  // What the budget cut off can still be asked for, from where this page ends.
  return { rows, next: ask.partial && rows.length > 0 ? place : undefined };
}

const MAX_UINT64 = 18_446_744_073_709_551_615n;

/** The wide columns of rows with these keys, in order, without what was given before. */
async function readStretch(
  ask: Ask,
  request: PageRequest,
  window: Range,
  keys: readonly bigint[],
  started: Place | undefined,
  wanted: number,
): Promise<readonly Row[]> {
  const { order } = request;
  const down = order.direction === 'down';
  const back: Order = { ...order, direction: down ? 'up' : 'down' };
  const where = [...conditions(request, window), notBefore(back, keys.at(-1)!), notBefore(order, keys[0]!)];
  // Told the very times, the engine tests the filter on their rows only.
  if (order.by === 'time') where.push(sql`toUInt64(${keyValue(order)}) IN ${bind.uints([...new Set(keys)])}`);
  if (started) {
    const tie = down
      ? sql`${request.tie} <= ${bind.uint(started.tie)}`
      : sql`${request.tie} >= ${bind.uint(started.tie)}`;
    where.push(notBefore(order, started.key), sql`(${keyColumn(order)} != ${keyOf(order, started.key)} OR ${tie})`);
  }
  const way = down ? sql`DESC` : sql`ASC`;
  const given = started?.atTie ?? 0;
  const found = await ask.rows(
    select({
      columns: { ...request.columns, page_key: keyValue(order), page_tie: request.tie },
      from: request.table,
      where,
      orderBy: [joined([sql`${keyColumn(order)} ${way}`, sql`${name('page_tie')} ${way}`], ', ')],
      limit: wanted + given,
    }),
  );
  if (!started || given === 0) return found;
  let skipped = 0;
  return found.filter((row) => {
    const same = bigOf(row['page_key']) === started.key && bigOf(row['page_tie']) === started.tie;
    if (same && skipped < given) {
      skipped++;
      return false;
    }
    return true;
  });
}

function conditions(request: PageRequest, window: Range): Fragment[] {
  return [...within(window), ...request.where];
}

const keyColumn = (order: Order): Fragment => (order.by === 'time' ? name('timestamp') : name('duration'));
const keyValue = (order: Order): Fragment =>
  order.by === 'time' ? sql`toUnixTimestamp64Nano(timestamp)` : name('duration');
const keyOf = (order: Order, key: bigint): Fragment =>
  order.by === 'time' ? sql`fromUnixTimestamp64Nano(${bind.int(key)})` : sql`${bind.int(key)}`;

/** Rows at `key` or further on in the order. */
function notBefore(order: Order, key: bigint): Fragment {
  return order.direction === 'down'
    ? sql`${keyColumn(order)} <= ${keyOf(order, key)}`
    : sql`${keyColumn(order)} >= ${keyOf(order, key)}`;
}

function contains(window: Range, key: bigint, order: Order): boolean {
  return order.by === 'duration' || (key >= window.from && key < window.to);
}

/** The range cut into growing windows, in the order of the walk. */
export function* windows(request: Pick<PageRequest, 'range' | 'order' | 'after'>): Generator<Range> {
  const { range, order, after } = request;
  if (order.by === 'duration') {
    yield range;
    return;
  }
  let size = FIRST_WINDOW;
  if (order.direction === 'down') {
    let to = after && after.key < range.to ? after.key + 1n : range.to;
    while (to > range.from) {
      const from = later(to - size, range.from);
      yield { from, to };
      to = from;
      size *= GROWTH;
    }
  } else {
    let from = after && after.key > range.from ? after.key : range.from;
    while (from < range.to) {
      const to = earlier(from + size, range.to);
      yield { from, to };
      from = to;
      size *= GROWTH;
    }
  }
}

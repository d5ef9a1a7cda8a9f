import { bind, type Fragment, name, select, sql } from '#store';
import type { PagePosition } from './cursor.ts';
import type { QuerySession } from './query-session.ts';
import { earlier, later, type Range, within } from './range.ts';
import { bigOf, type Row } from './rows.ts';
import type { WindowEstimate } from './window-estimates.ts';

/** How rows are ordered: by `key`, then by `tie`, both downwards or both upwards. */
export interface Order {
  readonly direction: 'down' | 'up';
  /** `time` walks the range in windows; `duration` must see all of it. */
  readonly by: 'time' | 'duration';
}

export interface PageRequest<R> {
  readonly table: 'logs' | 'spans';
  readonly columns: Readonly<Record<string, Fragment>>;
  readonly where: readonly Fragment[];
  /** A UInt64 that is the same for the same row, computed from the columns. */
  readonly tie: Fragment;
  readonly decode: (row: Row) => R;
  /** The same number, computed here. */
  readonly tieOf: (record: R, row: Row) => bigint;
  readonly range: Range;
  readonly order: Order;
  readonly after: PagePosition | undefined;
  readonly limit: number;
  /** An index finds the matching rows and there will be few: looking at a short stretch first would not be cheaper. */
  readonly rare?: boolean;
  /** Window estimate of this question, for a walk by time. */
  readonly estimate: WindowEstimate;
}

export interface Page<R> {
  readonly rows: ReadonlyArray<{ readonly record: R; readonly tie: bigint }>;
  /** Position of the last row; undefined when nothing comes behind it. */
  readonly next: PagePosition | undefined;
}

type PageSession = Pick<QuerySession, 'rows' | 'partial'>;

interface Found<R> {
  readonly key: bigint;
  readonly tie: bigint;
  readonly record: R;
}

/** First window of a walk for few rows that an index finds. */
const RARE_WINDOW = 86_400n * 1_000_000_000n;
/** Each further one is this many times longer at least and at most: a quarter of an hour, a day, three months. */
const LEAST_GROWTH = 4;
const MOST_GROWTH = 96;
/** Rows of a page that ends among more rows of one time than this are counted before they are read. */
const MOST_TIED = 1_000;

/**
 * One page. Rows of equal time are told apart by their hash, so pages neither skip nor repeat, however many share
 * a time. Windows begin at the page's start and grow by what the last one found, so that a recent page does not look at
 * the whole range and an empty stretch is not walked in small steps.
 *
 * One question per window: the engine orders by time alone, reads the wide columns of the first rows only, and the rows
 * of one time are put in order here. Where the page ends among rows of one time, the engine may have given any of them:
 * a second question, about that time, tells which come first.
 */
export async function readPage<R>(session: PageSession, request: PageRequest<R>): Promise<Page<R>> {
  const { order, limit } = request;
  const down = order.direction === 'down';
  const rows: { record: R; tie: bigint }[] = [];
  let position = request.after;
  const walk = windows(request);
  let walked = 0n;
  let step = walk.next();
  while (!step.done) {
    const window = step.value;
    const before = rows.length;
    for (;;) {
      // One more than wanted tells whether there is a next page.
      const wanted = limit + 1 - rows.length;
      const started = position && contains(window, position.key, order) ? position : undefined;
      const { found, full, last } = await readRows(session, request, window, started, wanted);
      for (const { key, tie, record } of found) {
        if (rows.length === limit) {
          if (order.by === 'time')
            request.estimate.walked(limit, walked + (down ? window.to - key : key - window.from));
          return { rows, next: position };
        }
        rows.push({ record, tie });
        const sameKey: boolean = position?.key === key;
        position = {
          key,
          tie,
          atKey: sameKey && position ? position.atKey + 1 : 1,
          atTie: sameKey && position && position.tie === tie ? position.atTie + 1 : 1,
        };
      }
      if (!full || last === undefined) break;
      // Full, yet rows came in between that shifted the count: go on behind what was given.
      if (found.length === 0) {
        position = { key: last + (down ? -1n : 1n), tie: down ? MAX_UINT64 : 0n, atKey: 0, atTie: 0 };
        if (!contains(window, position.key, order)) break;
      }
    }
    if (session.partial) break;
    walked += window.to - window.from;
    step = walk.next(growthAfter(rows.length - before, limit + 1 - rows.length));
  }
  if (!session.partial && order.by === 'time') request.estimate.walked(rows.length, walked);
  // What the budget cut off can still be asked for, from where this page ends.
  return { rows, next: session.partial && rows.length > 0 ? position : undefined };
}

/** How many times longer the next window should be, for the last one to have found `found` of those still wanted. */
function growthAfter(found: number, wanted: number): number {
  if (found === 0) return MOST_GROWTH;
  return Math.min(MOST_GROWTH, Math.max(LEAST_GROWTH, Math.ceil((1.5 * wanted) / found)));
}

interface Read<R> {
  /** At most `wanted`, in order, without what was given before. */
  readonly found: readonly Found<R>[];
  /** There may be more in the window. */
  readonly full: boolean;
  /** Key of the last row the store saw. */
  readonly last: bigint | undefined;
}

async function readRows<R>(
  session: PageSession,
  request: PageRequest<R>,
  window: Range,
  started: PagePosition | undefined,
  wanted: number,
): Promise<Read<R>> {
  const { order } = request;
  const asked = wanted + (started?.atKey ?? 0);
  const narrow = (started?.atKey ?? 0) > MOST_TIED;
  const answer = await session.rows(
    select({
      columns: narrow ? { page_key: keyValue(order) } : { ...request.columns, page_key: keyValue(order) },
      from: request.table,
      where: [...conditions(request, window), ...(started ? [notBefore(order, started.key)] : [])],
      orderBy: [inDirection(keyColumn(order), order)],
      limit: asked,
    }),
  );
  const full = answer.length >= asked;
  const keys = answer.map((row) => bigOf(row['page_key']));
  const last = keys.at(-1);
  if (last === undefined) return { found: [], full: false, last };
  if (!narrow) {
    // At the last time there may be more rows than these, unless the store ran out of rows.
    const sure = full ? answer.slice(0, keys.indexOf(last)) : answer;
    const found = unseen(arranged(request, sure), order, started);
    if (!full || found.length >= wanted - 1)
      return { found: full ? [...found, ...beyond(request, answer)] : found, full, last };
  }
  return { found: await readStretch(session, request, window, keys, started, wanted), full, last };
}

/** Any row after those that are sure: it is not shown, it says that there is more. */
function beyond<R>(request: PageRequest<R>, answer: readonly Row[]): Found<R>[] {
  return arranged(request, answer.slice(-1));
}

function arranged<R>(request: PageRequest<R>, rows: readonly Row[]): Found<R>[] {
  const found = rows.map((row) => {
    const record = request.decode(row);
    return { key: bigOf(row['page_key']), tie: request.tieOf(record, row), record };
  });
  const way = request.order.direction === 'down' ? -1 : 1;
  return found.sort((a, b) => {
    if (a.key !== b.key) return a.key < b.key ? -way : way;
    return a.tie === b.tie ? 0 : a.tie < b.tie ? -way : way;
  });
}

/** Without the rows that pages before this one gave. */
function unseen<R>(found: readonly Found<R>[], order: Order, started: PagePosition | undefined): readonly Found<R>[] {
  if (!started) return found;
  const down = order.direction === 'down';
  let skipped = 0;
  return found.filter(({ key, tie }) => {
    if (key !== started.key) return true;
    if (tie !== started.tie) return down ? tie < started.tie : tie > started.tie;
    return skipped++ >= started.atTie;
  });
}

const MAX_UINT64 = 18_446_744_073_709_551_615n;

/** Rows with these keys, in order, without what was given before. */
async function readStretch<R>(
  session: PageSession,
  request: PageRequest<R>,
  window: Range,
  keys: readonly bigint[],
  started: PagePosition | undefined,
  wanted: number,
): Promise<readonly Found<R>[]> {
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
  const rows = await session.rows(
    select({
      columns: { ...request.columns, page_key: keyValue(order), page_tie: request.tie },
      from: request.table,
      where,
      orderBy: [inDirection(keyColumn(order), order), inDirection(name('page_tie'), order)],
      limit: wanted + (started?.atTie ?? 0),
    }),
  );
  return unseen(arranged(request, rows), order, started);
}

function conditions<R>(request: PageRequest<R>, window: Range): Fragment[] {
  return [...within(window), ...request.where];
}

const keyColumn = (order: Order): Fragment => (order.by === 'time' ? name('timestamp') : name('duration'));
const keyValue = (order: Order): Fragment =>
  order.by === 'time' ? sql`toUnixTimestamp64Nano(timestamp)` : name('duration');
const keyOf = (order: Order, key: bigint): Fragment =>
  order.by === 'time' ? sql`fromUnixTimestamp64Nano(${bind.int(key)})` : sql`${bind.int(key)}`;

function inDirection(key: Fragment, { direction }: Order): Fragment {
  return direction === 'down' ? sql`${key} DESC` : sql`${key} ASC`;
}

/** Rows at `key` or further on in the order. */
function notBefore(order: Order, key: bigint): Fragment {
  return order.direction === 'down'
    ? sql`${keyColumn(order)} <= ${keyOf(order, key)}`
    : sql`${keyColumn(order)} >= ${keyOf(order, key)}`;
}

function contains(window: Range, key: bigint, order: Order): boolean {
  return order.by === 'duration' || (key >= window.from && key < window.to);
}

/** The range cut into windows, in the order of the walk. Told how many times longer the next shall be. */
export function* windows(
  request: Pick<PageRequest<unknown>, 'range' | 'order' | 'after' | 'rare' | 'estimate' | 'limit'>,
): Generator<Range, void, number | undefined> {
  const { range, order, after, rare, estimate, limit } = request;
  if (order.by === 'duration') {
    yield range;
    return;
  }
  let size = rare ? RARE_WINDOW : estimate.first(limit + 1);
  if (order.direction === 'down') {
    let to = after && after.key < range.to ? after.key + 1n : range.to;
    while (to > range.from) {
      const from = later(to - size, range.from);
      const growth = yield { from, to };
      to = from;
      size *= BigInt(growth ?? LEAST_GROWTH);
    }
  } else {
    let from = after && after.key > range.from ? after.key : range.from;
    while (from < range.to) {
      const to = earlier(from + size, range.to);
      const growth = yield { from, to };
      from = to;
      size *= BigInt(growth ?? LEAST_GROWTH);
    }
  }
}

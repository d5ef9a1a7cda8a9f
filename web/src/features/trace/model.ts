import type { Span } from '@hanok/contract';

/**
 * A trace laid out for drawing: typed columns in display order (depth first, siblings by start), so that 10,000 rows
 * scroll without an object per row. Times are nanoseconds after the trace's first start.
 */
export interface TraceModel {
  readonly spans: readonly Span[];
  readonly count: number;
  /** Unix nanoseconds of the earliest start. */
  readonly origin: bigint;
  /** Nanoseconds from the origin to the latest end. */
  readonly duration: number;
  readonly start: Float64Array;
  readonly length: Float64Array;
  /** Row of the parent, -1 for a root or when the parent is missing. */
  readonly parent: Int32Array;
  readonly depth: Uint16Array;
  /** Rows in the subtree, the row itself included; a collapsed row hides `subtree - 1` rows after it. */
  readonly subtree: Int32Array;
  /** Time in the span during which no child was running. */
  readonly self: Float64Array;
  /** Index into `services`. */
  readonly service: Uint16Array;
  readonly services: readonly string[];
  /** 1 where the row names a parent that is not in the trace. */
  readonly orphan: Uint8Array;
  readonly errors: Uint8Array;
  /** Errors in the subtree below the row, for collapsed rows. */
  readonly errorsBelow: Int32Array;
  readonly critical: CriticalPath;
  readonly rowById: ReadonlyMap<string, number>;
}

/** Pieces of time on the critical path: `row` was what the end of the trace waited for. In time order. */
export interface CriticalPath {
  readonly row: Int32Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** Nanoseconds on the path per row. */
  readonly time: Float64Array;
  /** Indexes of a row's pieces, so that drawing a row does not walk the whole path. */
  readonly piecesOf: ReadonlyMap<number, readonly number[]>;
}

/** Builds the model. Cycles, self-parents, repeated ids, missing parents and negative durations are all drawn. */
export function buildTrace(input: readonly Span[]): TraceModel {
  const count = input.length;
  const starts = input.map((span) => BigInt(span.startTime));
  let origin = starts[0] ?? 0n;
  for (const start of starts) if (start < origin) origin = start;
  const offset = starts.map((start) => Number(start - origin));

  const firstById = new Map<string, number>();
  for (let i = 0; i < count; i++) if (!firstById.has(input[i]!.spanId)) firstById.set(input[i]!.spanId, i);

  const parentOf = new Int32Array(count).fill(-1);
  const missing = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const { parentSpanId } = input[i]!;
    if (parentSpanId === '') continue;
    const parent = firstById.get(parentSpanId);
    if (parent === undefined) missing[i] = 1;
    else if (parent !== i) parentOf[i] = parent;
  }
  breakCycles(parentOf);

  const children: number[][] = Array.from({ length: count }, () => []);
  const roots: number[] = [];
  for (let i = 0; i < count; i++) (parentOf[i]! < 0 ? roots : children[parentOf[i]!]!).push(i);
  const byStart = (a: number, b: number) => offset[a]! - offset[b]! || a - b;
  roots.sort(byStart);
  for (const list of children) list.sort(byStart);

  // Depth first without recursion: a chain of 10,000 spans must not exhaust the stack.
  const order = new Int32Array(count);
  const rowOf = new Int32Array(count);
  const depth = new Uint16Array(count);
  const stack: number[] = roots.toReversed();
  let next = 0;
  while (stack.length > 0) {
    const i = stack.pop()!;
    rowOf[i] = next;
    order[next] = i;
    depth[next] = parentOf[i]! < 0 ? 0 : Math.min(65_535, depth[rowOf[parentOf[i]!]!]! + 1);
    next++;
    const list = children[i]!;
    for (let c = list.length - 1; c >= 0; c--) stack.push(list[c]!);
  }

  const services: string[] = [];
  const serviceIndex = new Map<string, number>();
  const start = new Float64Array(count);
  const length = new Float64Array(count);
  const parent = new Int32Array(count).fill(-1);
  const service = new Uint16Array(count);
  const orphan = new Uint8Array(count);
  const errors = new Uint8Array(count);
  const rowById = new Map<string, number>();
  let duration = 0;
  for (let row = 0; row < count; row++) {
    const i = order[row]!;
    const span = input[i]!;
    start[row] = offset[i]!;
    length[row] = Math.max(0, span.duration);
    duration = Math.max(duration, start[row]! + length[row]!);
    if (parentOf[i]! >= 0) parent[row] = rowOf[parentOf[i]!]!;
    let at = serviceIndex.get(span.serviceName);
    if (at === undefined) {
      at = services.push(span.serviceName) - 1;
      serviceIndex.set(span.serviceName, at);
    }
    service[row] = at;
    orphan[row] = missing[i]!;
    errors[row] = span.statusCode === 'error' ? 1 : 0;
    if (!rowById.has(span.spanId)) rowById.set(span.spanId, row);
  }

  const subtree = new Int32Array(count).fill(1);
  const errorsBelow = new Int32Array(count);
  for (let row = count - 1; row >= 0; row--) {
    const up = parent[row]!;
    if (up < 0) continue;
    subtree[up]! += subtree[row]!;
    errorsBelow[up]! += errorsBelow[row]! + errors[row]!;
  }

  return {
    spans: Array.from(order, (i) => input[i]!),
    count,
    origin,
    duration,
    start,
    length,
    parent,
    depth,
    subtree,
    self: selfTimes(start, length, subtree),
    service,
    services,
    orphan,
    errors,
    errorsBelow,
    critical: criticalPath(start, length, parent, subtree),
    rowById,
  };
}

/** Cuts each cycle of parents at one place, turning that span into a root. */
function breakCycles(parentOf: Int32Array): void {
  const state = new Uint8Array(parentOf.length); // 0 unseen, 1 on the current walk, 2 done
  for (let i = 0; i < parentOf.length; i++) {
    let at = i;
    while (at >= 0 && state[at] === 0) {
      state[at] = 1;
      const up = parentOf[at]!;
      if (up >= 0 && state[up] === 1) {
        parentOf[at] = -1;
        break;
      }
      at = up;
    }
    for (at = i; at >= 0 && state[at] === 1; at = parentOf[at]!) state[at] = 2;
  }
}

/** Direct children of a row, in start order: the row after it, then the row after each subtree. */
export function* childrenOf(row: number, subtree: Int32Array): Generator<number> {
  const end = row + subtree[row]!;
  for (let child = row + 1; child < end; child += subtree[child]!) yield child;
}

function selfTimes(start: Float64Array, length: Float64Array, subtree: Int32Array): Float64Array {
  const self = new Float64Array(start.length);
  for (let row = 0; row < start.length; row++) {
    const end = start[row]! + length[row]!;
    let covered = 0;
    let reach = start[row]!;
    for (const child of childrenOf(row, subtree)) {
      const from = Math.max(reach, start[child]!);
      const to = Math.min(end, start[child]! + length[child]!);
      if (to > from) {
        covered += to - from;
        reach = to;
      }
    }
    self[row] = length[row]! - covered;
  }
  return self;
}

/**
 * Walks back from the end of the longest root: at each moment the path is in the child that finished last before the
 * moment reached, else in the span itself. Children that outlive their parent (asynchronous work) are clipped to it.
 */
function criticalPath(
  start: Float64Array,
  length: Float64Array,
  parent: Int32Array,
  subtree: Int32Array,
): CriticalPath {
  const rows: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const time = new Float64Array(start.length);
  let root = -1;
  for (let row = 0; row < start.length; row++)
    if (parent[row]! < 0 && (root < 0 || length[row]! > length[root]!)) root = row;

  const piece = (row: number, begin: number, end: number) => {
    if (end <= begin) return;
    rows.push(row);
    from.push(begin);
    to.push(end);
    time[row]! += end - begin;
  };
  /** Work left on the walk: either a span to descend into up to `end`, or a stretch of a span's own time. */
  const work: Array<{ row: number; end: number; own?: number }> =
    root >= 0 ? [{ row: root, end: start[root]! + length[root]! }] : [];
  while (work.length > 0) {
    const { row, end, own } = work.pop()!;
    if (own !== undefined) {
      piece(row, own, end);
      continue;
    }
    let cursor = end;
    const steps: Array<{ row: number; end: number; own?: number }> = [];
    const finished = [...childrenOf(row, subtree)].sort((a, b) => start[b]! + length[b]! - (start[a]! + length[a]!));
    for (const child of finished) {
      const childEnd = Math.min(end, start[child]! + length[child]!);
      // A child that ran beside one already on the path, or that had not begun, is not waited for.
      if (childEnd > cursor || start[child]! >= cursor) continue;
      steps.push({ row, end: cursor, own: childEnd }, { row: child, end: childEnd });
      cursor = Math.max(start[row]!, start[child]!);
    }
    steps.push({ row, end: cursor, own: start[row]! });
    // Latest piece first out, so that pieces come in reverse time order and one final reverse suffices.
    for (let i = steps.length - 1; i >= 0; i--) work.push(steps[i]!);
  }
  rows.reverse();
  from.reverse();
  to.reverse();
  const piecesOf = new Map<number, number[]>();
  for (const [i, row] of rows.entries()) {
    const known = piecesOf.get(row);
    if (known) known.push(i);
    else piecesOf.set(row, [i]);
  }
  return { row: Int32Array.from(rows), from: Float64Array.from(from), to: Float64Array.from(to), time, piecesOf };
}

/** Rows to draw when some are collapsed. */
export function visibleRows(model: TraceModel, collapsed: ReadonlySet<number>): Int32Array {
  const rows = new Int32Array(model.count);
  let shown = 0;
  for (let row = 0; row < model.count; ) {
    rows[shown++] = row;
    row += collapsed.has(row) ? model.subtree[row]! : 1;
  }
  return rows.subarray(0, shown);
}

/** Runs of at least `least` neighbouring siblings with the same service and name: the N+1 pattern. */
export interface Repeat {
  readonly parent: number;
  readonly first: number;
  readonly rows: readonly number[];
  readonly total: number;
}

export function findRepeats(model: TraceModel, least = 10): Repeat[] {
  const found: Repeat[] = [];
  for (let row = 0; row < model.count; row++) {
    if (model.subtree[row]! <= least) continue;
    let run: number[] = [];
    const flush = () => {
      if (run.length >= least)
        found.push({
          parent: row,
          first: run[0]!,
          rows: run,
          total: run.reduce((sum, at) => sum + model.length[at]!, 0),
        });
      run = [];
    };
    for (const child of childrenOf(row, model.subtree)) {
      const head = run[0];
      if (
        head !== undefined &&
        (model.spans[head]!.name !== model.spans[child]!.name || model.service[head] !== model.service[child])
      )
        flush();
      run.push(child);
    }
    flush();
  }
  return found;
}

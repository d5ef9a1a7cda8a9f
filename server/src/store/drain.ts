import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Clock,
  type Entry,
  LAYOUTS,
  type Log,
  type Meter,
  type Sequence,
  type Source,
  type TableName,
} from '#base';
import { type ClickHouse, StoreException } from './clickhouse.ts';
import { columnsAt, type LayoutHistory } from './schema/history.ts';
import { withSmallJoined } from './small-blocks.ts';

export interface DrainOptions {
  readonly store: string;
  readonly client: ClickHouse;
  readonly database: string;
  /** Resolves when the engine answers. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
  /** Names the store's tables, for one that others may restore while it is in use; see `Source.raiseEpoch`. */
  readonly tables?: () => Promise<string>;
  readonly source: Source;
  readonly lingerMs: number;
  readonly maxBytes: number;
  /** Is it to insert as entries come? When not, only what `through` asks for. Absent: always. */
  readonly isSteady?: () => boolean;
  /** So many bytes of the journal went in. */
  readonly onTaken?: (bytes: number) => void;
  /** An insert failed; the same range will be tried again. */
  readonly onFailure?: (error: unknown) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly history?: LayoutHistory;
}

/**
 * The engine refused the data itself; repeating it cannot help. All others (memory, disk, network, read-only, too
 * many parts) are tried again without end: a record acknowledged is never given up because the store is unwell.
 */
const DATA_ERRORS: ReadonlySet<number> = new Set([
  6, 8, 9, 10, 16, 26, 27, 32, 33, 38, 41, 50, 53, 62, 69, 70, 72, 117, 124, 128, 130, 131, 190, 261, 271, 349, 473,
]);

/** One insert must be one engine block, so that it happens whole or not at all; the engine's block takes more. */
const MAX_ENTRIES = 20_000;
export const INSERT_SETTINGS = {
  max_insert_threads: 1,
  max_threads: 1,
  input_format_parallel_parsing: 0,
  min_insert_block_size_rows: 100_000_000,
  min_insert_block_size_bytes: 1_073_741_824,
  // A replay after a kill between the table's part and its view's part must add the missing one and only that.
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // A sender that backfills a year is welcome; the pipeline keeps wild timestamps out.
  max_partitions_per_insert_block: 0,
} as const;
const BACK_OFF_MS = [50, 100, 200, 500, 1_000, 2_000] as const;
const IDLE_WAIT_MS = 1_000;
/** What comes after a silence is waited for by whoever just sent it, and brings its company within this. */
const COMPANY_MS = 300;
/** Some 20,000 logs: an insert's fixed cost is a fifth of such a one's, and waiting for more would only make answers older. */
const FAT_BYTES = 8 * 1024 ** 2;
/** How often a drainer that lets entries gather looks whether there are enough. */
const LOOK_EVERY_MS = 100;
/** How long a restored server may go unnoticed. */
const TABLES_EVERY_MS = 10_000;
/** So many failures one after the other, half a second's, are not a hiccup: whoever waits for an insert goes on without. */
const FAILING = 4;
/** The engine has as many sessions for inserts. */
const AT_ONCE = 2;

/** Referred-to rows go in before the rows that refer to them. */
const REFERRED: readonly TableName[] = ['resources', 'scopes', 'series'];
const ORDER: readonly TableName[] = [
  ...REFERRED,
  ...(Object.keys(LAYOUTS) as TableName[]).filter((table) => !REFERRED.includes(table)),
];

/**
 * Carries a journal into a store, each entry exactly once.
 *
 * A range of entries is made durable as begun, then inserted table by table with a token made of the range, then
 * committed. After a crash the same range is read again and inserted with the same tokens; what was already done is
 * recognised by the engine's process and skipped.
 */
export class Drainer {
  readonly #o: DrainOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** When the last insert was begun, by the monotonic clock. */
  #drainedAt = Number.NEGATIVE_INFINITY;
  /** As `tables` named them, and when, by the monotonic clock. */
  #tables: string | undefined;
  #tablesAt = Number.NEGATIVE_INFINITY;
  /** Everything up to here goes in without waiting for company. */
  #wanted: Sequence = 0n;
  #failures = 0;
  #waiting: { readonly for: Sequence; readonly tell: (how: Passed) => void }[] = [];
  #told: () => void = () => undefined;
  readonly #rows;
  readonly #inserts;
  readonly #putAside;
  readonly #lag;

  constructor(options: DrainOptions) {
    this.#o = options;
    const labels = { store: options.store };
    const { meter } = options;
    this.#rows = meter.counter('hanok_store_inserted_rows_total', 'Rows handed to the store.', labels);
    this.#inserts = meter.counter('hanok_store_inserts_total', 'Inserts made.', labels);
    this.#putAside = meter.counter(
      'hanok_store_dead_letter_entries_total',
      'Entries the store can never take.',
      labels,
    );
    this.#lag = meter.gauge(
      'hanok_store_lag_milliseconds',
      'Age of the oldest entry not yet queryable.',
      labels,
      'max',
    );
    this.#running = this.#run();
  }

  /** Finishes the insert that is under way, if the store lets it. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the drainer is being closed'));
    this.#told();
    await this.#running;
    this.#tell('closed');
  }

  /** Is there something to insert that does not wait for more to come? */
  get isBusy(): boolean {
    return this.#o.source.pending() !== undefined || this.isWanted;
  }

  /** Does somebody wait for an insert? */
  get isWanted(): boolean {
    return this.#o.source.position().passed < this.#wanted;
  }

  /** Takes in everything up to `sequence` at once; resolves when it is queryable, or cannot be made so for now. */
  through(sequence: Sequence): Promise<Passed> {
    if (this.#o.source.position().passed >= sequence) return Promise.resolve('passed');
    if (this.#stop.signal.aborted) return Promise.resolve('closed');
    if (sequence > this.#wanted) this.#wanted = sequence;
    this.#told();
    return new Promise((tell) => {
      this.#waiting.push({ for: sequence, tell });
      if (this.#failures >= FAILING) this.#tell('failing');
    });
  }

  /** Tells those who wait and whose time has come: those who are passed, or all of them when it is in vain. */
  #tell(how: Passed): void {
    const { passed } = this.#o.source.position();
    const waiting = this.#waiting;
    this.#waiting = how === 'passed' ? waiting.filter((one) => one.for > passed) : [];
    for (const one of waiting) {
      if (one.for <= passed) one.tell('passed');
      else if (how !== 'passed') one.tell(how);
    }
  }

  async #run(): Promise<void> {
    const stopped = this.#stop.signal;
    while (!stopped.aborted) {
      try {
        await this.#o.ready(stopped);
        if (this.#o.tables) await this.#lookAtTables(this.#o.tables, this.#failures > 0);
        await this.#step();
        this.#failures = 0;
        this.#tell('passed');
      } catch (error) {
        if (stopped.aborted) return;
        const failures = ++this.#failures;
        const pause = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length) - 1]!;
        const fields = { store: this.#o.store, error: String(error), failures, pauseMs: pause };
        this.#o.log.warn(fields, 'insert failed; the same range will be tried again');
        this.#o.onFailure?.(error);
        if (failures >= FAILING) this.#tell('failing');
        await sleep(pause, undefined, { signal: stopped }).catch(() => undefined);
      }
    }
  }

  /** A server is not ours: somebody may restore it, and what was inserted may be gone without one failed insert. */
  async #lookAtTables(read: () => Promise<string>, hasFailed: boolean): Promise<void> {
    const now = this.#o.clock.monotonic();
    if (!hasFailed && now - this.#tablesAt < TABLES_EVERY_MS) return;
    const tables = await read();
    const before = this.#tables;
    this.#tables = tables;
    this.#tablesAt = now;
    if (before === undefined) return;
    if (tables !== before) this.#o.source.raiseEpoch('the store has other tables');
    else if (hasFailed) this.#o.source.raiseEpoch('the store was away or failed for a while');
  }

  async #step(): Promise<void> {
    const { source, maxBytes, lingerMs } = this.#o;
    const pending = source.pending();
    if (pending) {
      const entries = await this.#readRange(pending.last);
      const appendedAt = pending.appendedAt || (entries[0]?.appendedAt ?? 0);
      await this.#insertRange(entries, pending, appendedAt, pending.journal);
      this.#o.onTaken?.(sizeOf(entries));
      return;
    }
    const lag = source.lag();
    this.#lag.set(lag.entries === 0 ? 0 : lag.oldestMs);
    if (lag.entries === 0) return source.wait(IDLE_WAIT_MS, this.#stop.signal);
    const isWanted = this.isWanted;
    if (!isWanted && this.#o.isSteady?.() === false) return this.#untilTold();
    const paceMs = lag.bytes < FAT_BYTES ? this.#drainedAt + lingerMs - this.#o.clock.monotonic() : 0;
    const waitMs = Math.max(Math.min(lingerMs, COMPANY_MS) - lag.oldestMs, paceMs);
    if (!isWanted && lag.bytes < maxBytes && waitMs > 0)
      return sleep(Math.min(waitMs, LOOK_EVERY_MS), undefined, { signal: this.#stop.signal });
    const entries = await source.read({ maxBytes, maxEntries: MAX_ENTRIES });
    const first = entries[0]?.sequence;
    const last = entries.at(-1)?.sequence;
    if (first === undefined || last === undefined) return source.wait(IDLE_WAIT_MS, this.#stop.signal);
    this.#drainedAt = this.#o.clock.monotonic();
    await source.begin(first, last);
    await this.#insertRange(entries, { first, last }, entries[0]!.appendedAt, source.journal);
    this.#o.onTaken?.(sizeOf(entries));
  }

  #untilTold(): Promise<void> {
    return new Promise((resolve) => {
      this.#told = resolve;
      if (this.#stop.signal.aborted || this.isWanted) resolve();
    });
  }

  /** The whole pending range, however the limits of a single read cut it. */
  async #readRange(last: bigint): Promise<Entry[]> {
    const limits = { maxBytes: Number.MAX_SAFE_INTEGER, maxEntries: Number.MAX_SAFE_INTEGER, last };
    return this.#o.source.read(limits);
  }

  /**
   * @param appendedAt of the range's first entry, also when that one can no longer be read: the tokens must come out the same
   * @param journal identity of the journal when the range was begun
   */
  async #insertRange(
    entries: readonly Entry[],
    { first, last }: { readonly first: bigint; readonly last: bigint },
    appendedAt: number,
    journal: string,
  ): Promise<void> {
    const range: Range = {
      // Two journals may have equal numbers, also at the same millisecond: several instances on one server. A range that a
      // version without identities began keeps the token it had.
      origin: `${journal === '' ? '' : `${journal}:`}${this.#o.source.name}:${appendedAt}`,
      refused: new Map(),
    };
    const pieces = [...byVersion(entries)].flatMap(([version, group]) =>
      ORDER.map((table): Piece => {
        const having = group.filter((entry) => entry.batch.blocks.some((block) => block.table === table));
        return { table, version, entries: having, token: `${first}-${last}:${table}:v${version}` };
      }).filter((piece) => piece.entries.length > 0),
    );
    await this.#insertAll(
      pieces.filter((piece) => REFERRED.includes(piece.table)),
      range,
    );
    await this.#insertAll(
      pieces.filter((piece) => !REFERRED.includes(piece.table)),
      range,
    );
    if (range.refused.size > 0) {
      const reason = [...new Set(range.refused.values())].join('; ');
      await this.#o.source.putAside(
        entries.filter((entry) => range.refused.has(entry)),
        reason,
      );
      this.#putAside.add(range.refused.size);
    }
    await this.#o.source.commit(last);
  }

  /** A few at a time: small inserts mostly wait for the disk. All have ended when it settles, also when one failed. */
  async #insertAll(pieces: readonly Piece[], range: Range): Promise<void> {
    const waiting = [...pieces];
    const work = async () => {
      for (let piece = waiting.shift(); piece; piece = waiting.shift()) await this.#insertPiece(piece, range);
    };
    const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }

  /**
   * Inserts, and halves what the engine refuses until single entries remain. The same data is refused in the same way
   * when a range is replayed, so the halves and their tokens come out the same.
   */
  async #insertPiece(piece: Piece, range: Range): Promise<void> {
    const { table, version, entries, token } = piece;
    const columns = columnsAt(table, version, this.#o.history);
    if (!columns) {
      for (const entry of entries) range.refused.set(entry, `layout version ${version} is not known to this program`);
      return;
    }
    const blocks = entries.flatMap((entry) => entry.batch.blocks.filter((block) => block.table === table));
    const list = columns.map((name) => `\`${name}\``).join(', ');
    try {
      await this.#o.client.execute({
        sql: `INSERT INTO \`${this.#o.database}\`.\`${table}\` (${list}) FORMAT Native`,
        settings: { ...INSERT_SETTINGS, insert_deduplication_token: `${range.origin}:${token}` },
        body: await withSmallJoined(blocks),
      });
    } catch (error) {
      if (!(error instanceof StoreException) || !DATA_ERRORS.has(error.exceptionCode)) throw error;
      const fields = { store: this.#o.store, table, token, entries: entries.length, code: error.exceptionCode };
      if (entries.length === 1) {
        await this.#probe(table, list);
        // The table may have been mended between the two; only what is refused by a sound one is given up.
        if (!piece.probed) return this.#insertPiece({ ...piece, probed: true }, range);
        this.#o.log.error({ ...fields, message: error.message }, 'the store can never take this entry');
        range.refused.set(entries[0]!, `${table}: code ${error.exceptionCode}`);
        return;
      }
      this.#o.log.warn(fields, 'the store refused a range; looking for the entry in halves');
      const middle = entries.length >> 1;
      for (const half of [entries.slice(0, middle), entries.slice(middle)]) {
        const halfToken = `${half[0]!.sequence}-${half.at(-1)!.sequence}:${table}:v${version}:piece`;
        await this.#insertPiece({ table, version, entries: half, token: halfToken }, range);
      }
      return;
    }
    this.#inserts.add(1);
    this.#rows.add(blocks.reduce((sum, block) => sum + block.rows, 0));
  }

  /**
   * Before an entry is given up: would the same insert without rows be taken? If not, the table or the statement is at
   * fault and so would be every entry; throws then, and all of them wait.
   */
  async #probe(table: TableName, columns: string): Promise<void> {
    const into = `\`${this.#o.database}\`.\`${table}\``;
    await this.#o.client.execute({ sql: `INSERT INTO ${into} (${columns}) SELECT ${columns} FROM ${into} WHERE 0` });
  }
}

/** What came of waiting for an insert: it happened, the store does not take any at the moment, or the drainer was closed. */
export type Passed = 'passed' | 'failing' | 'closed';

const sizeOf = (entries: readonly Entry[]): number => entries.reduce((sum, { size }) => sum + size, 0);

interface Range {
  readonly origin: string;
  /** Entries of which at least one table's block can never be taken, and why. */
  readonly refused: Map<Entry, string>;
}

interface Piece {
  readonly table: TableName;
  readonly version: number;
  readonly entries: readonly Entry[];
  readonly token: string;
  /** Refused once by a table that takes the same insert without rows. */
  readonly probed?: boolean;
}

function byVersion(entries: readonly Entry[]): Map<number, Entry[]> {
  const groups = new Map<number, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.batch.layoutVersion);
    if (group) group.push(entry);
    else groups.set(entry.batch.layoutVersion, [entry]);
  }
  return groups;
}

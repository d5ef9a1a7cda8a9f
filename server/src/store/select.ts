import type { IncomingMessage } from 'node:http';
import { isTenantId, type TenantId } from '@hanok/contract';
import { type Caller, type Counter, isHanokError, type Log, must } from '#base';
import { type ClickHouse, readLine, StoreException, StoreUnreachable } from './clickhouse.ts';
import { MERGES_NICE } from './engine/config-file.ts';
import { fail } from './errors.ts';
import { storeError } from './exceptions.ts';
import { type Compiled, compile } from './plan/compile.ts';
import type { Select } from './plan/select.ts';

/** As JSON carries it: 64-bit integers and non-finite floats are strings, maps are objects. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** `low`: inserts and others' questions go first. `lowest`: merges as well. */
export type Priority = 'low' | 'lowest';

/** What one query may use. Absent members are the configured defaults. */
export interface Budget {
  readonly timeMs?: number;
  readonly memoryBytes?: number;
  /**
   * Counted only in a store that keeps one tenant's data: in a shared one whole granules are read, neighbours' rows among
   * them, and where an answer is cut must not tell of those.
   */
  readonly rowsToRead?: number;
  readonly resultBytes?: number;
  /** When time or rows run out: `partial` (default) gives what was found, marked; `error` throws. Memory always throws. */
  readonly overrun?: 'partial' | 'error';
  /** Cores it may keep busy; absent: all. */
  readonly threads?: number;
  /**
   * Priority of its threads; absent: that of inserts. Only where the process may set priorities (CAP_SYS_NICE); else without
   * effect.
   */
  readonly priority?: Priority;
}

export interface SelectOptions {
  readonly signal?: AbortSignal;
  /** Named in the log beside what the engine said, which is never told to whoever asked. */
  readonly requestId?: string;
  readonly budget?: Budget;
  /**
   * Rows pass through as they are found, in constant memory, for answers of any size. Without it the engine finishes
   * first: the usual choice, faster for small answers, with exact statistics and no failure after the first row.
   */
  readonly stream?: boolean;
}

/** What the engine read for an answer. */
export interface Work {
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export interface SelectStats {
  /** For our own reckoning (turns, logs). Not to be told to a tenant: in a shared store it counts neighbours' rows. */
  readonly work: Work;
  /** The same where the store keeps this tenant's data alone, and it may be told. */
  readonly told?: Work;
  readonly elapsedMs: number;
  /** The budget ended the query before it had seen everything. */
  readonly partial: boolean;
}

/** An answer, read once: by iterating (rows as arrays in the order of `columns`) or by `rows()`. */
export interface Selection extends AsyncIterable<readonly Value[]> {
  /** The plan's aliases, in order. */
  readonly columns: readonly string[];
  /** All rows as objects. */
  rows(): Promise<Record<string, Value>[]>;
  /** Complete once the rows have been read. */
  stats(): SelectStats;
}

type Pace = 'threads' | 'priority';
export type Limits = Required<Omit<Budget, Pace>> & Pick<Budget, Pace>;

/** A query that the engine does not end by itself within its time is cut off this much later. */
const GRACE_MS = 2_000;
const FORMAT = 'JSONCompactEachRowWithProgress';

export interface Target {
  readonly client: ClickHouse;
  readonly database: string;
  /** A ClickHouse server, which can be told that the statement only reads. */
  readonly server: boolean;
  /** Several tenants' rows lie in its tables. */
  readonly shared: boolean;
}

export interface Asking {
  readonly queryId: string;
  readonly log: Log;
  /** Answers withheld because a row was another tenant's. Above 0 something is badly wrong. */
  readonly foreignRows: Counter;
  /** Called when nothing more is read of an answer that was given, however it ended. */
  readonly onEnd?: () => void;
}

export async function runSelect(
  target: Target,
  caller: Caller,
  plan: Select,
  limits: Limits,
  options: SelectOptions,
  asking: Asking,
): Promise<Selection> {
  const compiled = compile(plan, caller.tenant, target.database);
  return runCompiled(target, caller, compiled, Object.keys(plan.columns), limits, options, asking);
}

/** `columns`: the plan's; `compiled` has one more behind them, which says whose each row is. */
export async function runCompiled(
  target: Target,
  caller: Caller,
  compiled: Compiled,
  columns: readonly string[],
  limits: Limits,
  options: SelectOptions,
  asking: Asking,
): Promise<Selection> {
  const { text, params } = compiled;
  const { queryId } = asking;
  const deadline = AbortSignal.timeout(limits.timeMs + GRACE_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const log = asking.log.child({ queryId, tenant: caller.tenant, requestId: options.requestId ?? '' });
  const why = (error: unknown) => {
    if (isHanokError(error)) return error;
    if (options.signal?.aborted) return storeError(new DOMException('the caller cancelled', 'AbortError'), limits);
    const failure = storeError(
      deadline.aborted ? new StoreException(159, `cut off after ${limits.timeMs + GRACE_MS} ms`) : error,
      limits,
    );
    // The engine's own words are for whoever runs the instance.
    const { cause } = failure;
    const fields = { code: failure.code, engine: cause instanceof Error ? cause.message : String(cause) };
    if (failure.kind === 'bug') log.error(fields, 'the engine refused a statement of ours');
    else log.warn(fields, 'a query failed in the engine');
    return failure;
  };
  const alarm = () => {
    asking.foreignRows.add(1);
    log.error({ text }, 'a row that is not the tenant’s was about to be given out; the answer was withheld');
    return fail('store.isolation', 'the answer was withheld');
  };
  const started = performance.now();
  let response: IncomingMessage;
  try {
    response = await target.client.run({
      sql: text + settingsClause(target, caller, compiled, limits),
      params,
      signal,
      queryId,
      settings: {
        default_format: FORMAT,
        ...(options.stream ? {} : { wait_end_of_query: 1 }),
        ...(target.server ? { readonly: 2, cancel_http_readonly_queries_on_client_close: 1 } : {}),
        ...settingsOf(limits, target.shared),
      },
    });
  } catch (error) {
    throw why(error);
  }
  if (asking.onEnd) response.once('close', asking.onEnd);
  const owner = compiled.owner === 'tenant' ? caller.tenant : 0;
  return new Rows({ columns, owner, response, limits, started, why, alarm, shared: target.shared });
}

/** What every statement is given; `bench/query` gives bare SQL the same. */
export function settingsOf(limits: Limits, shared: boolean): Record<string, string | number> {
  const mode = limits.overrun === 'error' ? 'throw' : 'break';
  return {
    max_execution_time: limits.timeMs / 1_000,
    timeout_overflow_mode: mode,
    // Limits and cancellation are looked at between blocks; with the default of 65,409 rows a costly expression runs
    // for seconds before that.
    max_block_size: 16_384,
    // Bytes of the text with its parameters; what is larger has been refused by plan/size.ts.
    max_query_size: 4 * 1024 ** 2,
    ...(shared ? {} : { max_rows_to_read: limits.rowsToRead, read_overflow_mode: mode }),
    max_memory_usage: limits.memoryBytes,
    max_bytes_before_external_group_by: Math.floor(limits.memoryBytes / 4),
    max_bytes_before_external_sort: Math.floor(limits.memoryBytes / 4),
    max_result_bytes: limits.resultBytes,
    result_overflow_mode: 'throw',
    output_format_json_quote_64bit_integers: 1,
    output_format_json_quote_denormals: 1,
    output_format_json_escape_forward_slashes: 0,
  };
}

/**
 * One of twenty steps; Linux gives a thread at 0 three times as much of a full core as one at 5, and thirty times as much as
 * one at 15. Merges are at 5: a question below them takes ten times as long while two go on.
 */
const NICE: Readonly<Record<Priority, number>> = { low: MERGES_NICE, lowest: 15 };

/** In the statement: questions differ in it, and each change of a session's settings is a statement of its own. */
function settingsClause(
  { server, shared, database }: Target,
  caller: Caller,
  compiled: Compiled,
  limits: Limits,
): string {
  const { threads, priority } = limits;
  const settings: string[] = [];
  if (threads !== undefined) settings.push(`max_threads = ${Math.trunc(threads)}`);
  // A server may be older than the setting, and would refuse the statement.
  if (priority !== undefined && !server) settings.push(`os_threads_nice_value_query = ${NICE[priority]}`);
  if (shared) settings.push(tableFilters(compiled.tables, caller.tenant, database));
  return settings.length === 0 ? '' : ` SETTINGS ${settings.join(', ')}`;
}

/**
 * The tenant's predicate once more, where the tables are read and no alias of the statement reaches. A second belt: what
 * it holds back, the statement's own predicate should have held back. No cost that could be measured.
 */
export function tableFilters(tables: readonly string[], tenant: TenantId, database: string): string {
  must(isTenantId(tenant), 'a filter needs a tenant');
  const filters = tables.map((table) => `'${database}.${table}': 'tenant = \\'${tenant}\\''`);
  return `additional_table_filters = {${filters.join(', ')}}`;
}

interface Answer {
  readonly columns: readonly string[];
  /** What the last cell of each row must be. */
  readonly owner: string | number;
  readonly response: IncomingMessage;
  readonly limits: Limits;
  readonly started: number;
  readonly why: (error: unknown) => unknown;
  readonly alarm: () => Error;
  readonly shared: boolean;
}

class Rows implements Selection {
  readonly columns: readonly string[];
  readonly #answer: Answer;
  readonly #response: IncomingMessage;
  readonly #why: (error: unknown) => unknown;
  #rowsRead = 0;
  #bytesRead = 0;
  #elapsedMs = 0;
  #engineMs = 0;

  constructor(answer: Answer) {
    this.#answer = answer;
    this.columns = answer.columns;
    this.#response = answer.response;
    this.#why = answer.why;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<readonly Value[]> {
    for await (const list of this.#lists()) yield* list;
  }

  async rows(): Promise<Record<string, Value>[]> {
    const out: Record<string, Value>[] = [];
    for await (const list of this.#lists()) {
      for (const row of list) {
        const object: Record<string, Value> = {};
        for (let i = 0; i < this.columns.length; i++) object[this.columns[i]!] = row[i]!;
        out.push(object);
      }
    }
    return out;
  }

  /** Rows as they come in, chunk by chunk: waiting once per row costs more than reading it. */
  async *#lists(): AsyncGenerator<ReadonlyArray<readonly Value[]>> {
    let rest = '';
    let whole = false;
    try {
      this.#response.setEncoding('utf8');
      for await (const chunk of this.#response) {
        const lines = (rest + (chunk as string)).split('\n');
        rest = lines.pop()!;
        yield this.#read(lines);
      }
      yield this.#read([rest]);
      whole = this.#response.complete;
      if (!whole) throw new StoreUnreachable('the answer broke off');
    } catch (error) {
      // A connection's error has a code of the system's or of Node's; it says nothing of our statement.
      const cut = error instanceof Error && 'code' in error && !isHanokError(error);
      throw this.#why(cut ? new StoreUnreachable('the answer broke off', error) : error);
    } finally {
      this.#elapsedMs = performance.now() - this.#answer.started;
      // Left early: closing the connection is what cancels the query.
      if (!whole) this.#response.destroy();
    }
  }

  stats(): SelectStats {
    const { limits, shared } = this.#answer;
    const work: Work = { rowsRead: this.#rowsRead, bytesRead: this.#bytesRead };
    const outOfRows = !shared && this.#rowsRead > limits.rowsToRead;
    return {
      work,
      ...(shared ? {} : { told: work }),
      elapsedMs: this.#elapsedMs,
      partial: limits.overrun === 'partial' && (outOfRows || this.#engineMs >= limits.timeMs),
    };
  }

  #read(lines: readonly string[]): ReadonlyArray<readonly Value[]> {
    return lines.flatMap((line) => {
      const row = this.#line(line);
      return row ? [row] : [];
    });
  }

  #line(line: string): readonly Value[] | undefined {
    if (line === '') return undefined;
    const message = readLine<Message>(line);
    if (message.row) {
      const row = message.row;
      if (row.length !== this.columns.length + 1)
        throw new StoreUnreachable('a row has other columns than were asked for');
      if (row.pop() !== this.#answer.owner) throw this.#answer.alarm();
      return row;
    }
    if (message.progress) {
      // ClickHouse sends cumulative figures here.
      this.#rowsRead = Math.max(this.#rowsRead, Number(message.progress.read_rows ?? 0));
      this.#bytesRead = Math.max(this.#bytesRead, Number(message.progress.read_bytes ?? 0));
      this.#engineMs = Math.max(this.#engineMs, Number(message.progress.elapsed_ns ?? 0) / 1e6);
    } else if (message.exception !== undefined) {
      const code = /^Code: (\d+)/.exec(message.exception);
      throw new StoreException(code ? Number(code[1]) : 1002, message.exception);
    }
    return undefined;
  }
}

/** One line of the format; exactly one member is there. */
interface Message {
  readonly row?: Value[];
  readonly progress?: { readonly read_rows?: string; readonly read_bytes?: string; readonly elapsed_ns?: string };
  readonly exception?: string;
}

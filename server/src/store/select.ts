import type { IncomingMessage } from 'node:http';
import { type Caller, isHanokError } from '#base';
import { type ClickHouse, readLine, StoreException, StoreUnreachable, storeError } from './clickhouse.ts';
import { MERGES_NICE } from './engine/config-file.ts';
import { compile } from './plan/compile.ts';
import type { Select } from './plan/select.ts';

/** As JSON carries it: 64-bit integers and non-finite floats are strings, maps are objects. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** `low`: inserts and others' questions go first. `lowest`: merges as well. */
export type Priority = 'low' | 'lowest';

/** What one query may use. Absent members are the configured defaults. */
export interface Budget {
  readonly timeMs?: number;
  readonly memoryBytes?: number;
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
  readonly budget?: Budget;
  /**
   * Rows pass through as they are found, in constant memory, for answers of any size. Without it the engine finishes
   * first: the usual choice, faster for small answers, with exact statistics and no failure after the first row.
   */
  readonly stream?: boolean;
}

export interface SelectStats {
  readonly rowsRead: number;
  readonly bytesRead: number;
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
}

export async function runSelect(
  target: Target,
  caller: Caller,
  plan: Select,
  limits: Limits,
  options: SelectOptions,
  queryId: string,
): Promise<Selection> {
  const { text, params } = compile(plan, caller.tenant, target.database);
  const deadline = AbortSignal.timeout(limits.timeMs + GRACE_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const why = (error: unknown) => {
    if (options.signal?.aborted) return storeError(new DOMException('the caller cancelled', 'AbortError'));
    if (deadline.aborted) return storeError(new StoreException(159, `longer than ${limits.timeMs} ms`));
    return storeError(error);
  };
  const started = performance.now();
  let response: IncomingMessage;
  try {
    response = await target.client.run({
      sql: text + paceOf(limits, target.server),
      params,
      signal,
      queryId,
      settings: {
        default_format: FORMAT,
        ...(options.stream ? {} : { wait_end_of_query: 1 }),
        ...(target.server ? { readonly: 2, cancel_http_readonly_queries_on_client_close: 1 } : {}),
        ...settingsOf(limits),
      },
    });
  } catch (error) {
    throw why(error);
  }
  return new Rows(Object.keys(plan.columns), response, limits, started, why);
}

/** What every statement is given; `bench/query` gives bare SQL the same. */
export function settingsOf(limits: Limits): Record<string, string | number> {
  const mode = limits.overrun === 'error' ? 'throw' : 'break';
  return {
    max_execution_time: limits.timeMs / 1_000,
    timeout_overflow_mode: mode,
    // Limits and cancellation are looked at between blocks; with the default of 65,409 rows a costly expression runs
    // for seconds before that.
    max_block_size: 16_384,
    max_rows_to_read: limits.rowsToRead,
    read_overflow_mode: mode,
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
function paceOf({ threads, priority }: Limits, server: boolean): string {
  const pace: string[] = [];
  if (threads !== undefined) pace.push(`max_threads = ${Math.trunc(threads)}`);
  // A server may be older than the setting, and would refuse the statement.
  if (priority !== undefined && !server) pace.push(`os_threads_nice_value_query = ${NICE[priority]}`);
  return pace.length === 0 ? '' : ` SETTINGS ${pace.join(', ')}`;
}

class Rows implements Selection {
  readonly columns: readonly string[];
  readonly #response: IncomingMessage;
  readonly #limits: Limits;
  readonly #started: number;
  readonly #why: (error: unknown) => unknown;
  #rowsRead = 0;
  #bytesRead = 0;
  #elapsedMs = 0;
  #engineMs = 0;

  constructor(
    columns: readonly string[],
    response: IncomingMessage,
    limits: Limits,
    started: number,
    why: (error: unknown) => unknown,
  ) {
    this.columns = columns;
    this.#response = response;
    this.#limits = limits;
    this.#started = started;
    this.#why = why;
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
      this.#elapsedMs = performance.now() - this.#started;
      // Left early: closing the connection is what cancels the query.
      if (!whole) this.#response.destroy();
    }
  }

  stats(): SelectStats {
    const { timeMs, rowsToRead, overrun } = this.#limits;
    return {
      rowsRead: this.#rowsRead,
      bytesRead: this.#bytesRead,
      elapsedMs: this.#elapsedMs,
      partial: overrun === 'partial' && (this.#rowsRead > rowsToRead || this.#engineMs >= timeMs),
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
    if (message.row) return message.row;
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
  readonly row?: readonly Value[];
  readonly progress?: { readonly read_rows?: string; readonly read_bytes?: string; readonly elapsed_ns?: string };
  readonly exception?: string;
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import type { Engine } from './engine.ts';
import { type EngineException, EngineException as Exception, exceptionFrom, statusOf } from './exception.ts';
import { substitute } from './literal.ts';
import { BODY_FILE, STATEMENTS } from './protocol.ts';
import type { StatementContext } from './session.ts';
import { parseStatement } from './statement.ts';

/**
 * The subset of ClickHouse's HTTP interface that a store needs (https://clickhouse.com/docs/interfaces/http), so that
 * the same client code talks to this process and to a ClickHouse server:
 *
 *   GET  /ping, /ping?hanok_statements
 *   GET, POST /?query=…&query_id=…&database=…&default_format=…&wait_end_of_query=1&param_<name>=…&<setting>=…
 *
 * SQL is in `query`, or in the body; with both, the body is an insert's data. Answers carry X-ClickHouse-Query-Id,
 * X-ClickHouse-Format and X-ClickHouse-Summary, failures `Code: N. DB::Exception: …` with
 * X-ClickHouse-Exception-Code. A reading statement streams unless `wait_end_of_query=1`; a failure after the first
 * byte ends the connection without the final chunk, or, in the formats with room for it, is a last line
 * `{"exception": …}`. When a client leaves, its statement is killed.
 *
 * Not here: users, sessions (`session_id`), compression of answers, multipart bodies, several statements at once.
 */
const OWN_PARAMETERS = new Set([
  BODY_FILE,
  'query',
  'query_id',
  'database',
  'default_format',
  'wait_end_of_query',
  'buffer_size',
  'user',
  'password',
  'role',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'enable_http_compression',
  'compress',
  'decompress',
  'cancel_http_readonly_queries_on_client_close',
]);
/** SQL longer than this is nobody's. */
const MAX_SQL_BYTES = 4 * 1024 ** 2;

export function createEngineServer(engine: Engine, newId: () => string): Server {
  const server = createServer({
    requestTimeout: 0,
    headersTimeout: 60_000,
    keepAliveTimeout: 30_000,
    // Parameters travel in the address; lists of ids make it long. ClickHouse allows a megabyte too.
    maxHeaderSize: 1024 ** 2,
  });
  const open: OpenStatements = new Map();
  server.on('request', (request, response) => {
    handle(engine, newId, open, request, response).catch((error: unknown) => refuse(response, exceptionFrom(error)));
  });
  return server;
}

/** Ids of the statements that have come in, until the last byte of their answers has gone out. */
type OpenStatements = Map<ServerResponse, string>;

async function handle(
  engine: Engine,
  newId: () => string,
  open: OpenStatements,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const url = new URL(request.url ?? '/', 'http://engine');
  if (url.pathname === '/ping') {
    // Asks the engine itself: an event loop that answers proves nothing about a wedged engine.
    await engine.ping();
    // Whatever came in before the ping did has been read by then.
    await turn();
    const statements = url.searchParams.has(STATEMENTS) ? `${JSON.stringify([...open.values()])}\n` : '';
    response.setHeader('content-type', 'text/plain').end(`Ok.\n${statements}`);
    return;
  }
  if (url.pathname !== '/') {
    response.writeHead(404).end('There is nothing here.\n');
    return;
  }
  const queryId = url.searchParams.get('query_id') || newId();
  open.set(response, queryId);
  response.once('close', () => open.delete(response));
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  response.setHeader('X-ClickHouse-Server-Display-Name', 'hanok-engine');
  response.setHeader('X-ClickHouse-Timezone', 'UTC');

  const left = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) left.abort();
  });

  const given = url.searchParams.get('query') ?? '';
  const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
  const inQuery = parseStatement(given);
  const text = inQuery.kind === 'insert' ? given : `${given}${given ? '\n' : ''}${await readText(body)}`;
  const params = new Map<string, string>();
  const settings = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (name.startsWith('param_')) params.set(name.slice(6), value);
    else if (!OWN_PARAMETERS.has(name)) settings.set(name, value);
  }
  const context: StatementContext = {
    queryId,
    settings,
    database: url.searchParams.get('database') ?? header(request, 'x-clickhouse-database') ?? 'default',
  };
  const started = performance.now();
  const summary = () => JSON.stringify({ elapsed_ns: String(Math.round((performance.now() - started) * 1e6)) });

  const statement = inQuery.kind === 'insert' ? inQuery : parseStatement(substitute(text, params));
  if (statement.kind === 'insert') {
    const file = url.searchParams.get(BODY_FILE);
    const data =
      inQuery.kind === 'insert'
        ? Readable.from(joined(inQuery.inline, body))
        : Readable.from([Buffer.from(statement.inline)]);
    await engine.insert(statement, file ?? data, context, left.signal);
    response.setHeader('X-ClickHouse-Summary', summary()).end();
    return;
  }
  if (statement.sql === '') throw new Exception(62, 'SYNTAX_ERROR', 'Empty query');

  const format =
    (statement.kind === 'read' ? statement.format : undefined) ??
    url.searchParams.get('default_format') ??
    header(request, 'x-clickhouse-format') ??
    'TabSeparated';
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('content-type', contentType(format));
  if (statement.kind === 'read' && url.searchParams.get('wait_end_of_query') !== '1') {
    await stream(engine, statement.sql, format, context, left.signal, response);
    return;
  }
  const bytes =
    statement.kind === 'read'
      ? await engine.read(statement.sql, format, context, left.signal)
      : await engine.command(statement.sql, format, context, left.signal);
  response.setHeader('X-ClickHouse-Summary', summary());
  response.setHeader('content-length', bytes.byteLength).end(bytes);
}

async function stream(
  engine: Engine,
  sql: string,
  format: string,
  context: StatementContext,
  signal: AbortSignal,
  response: ServerResponse,
) {
  try {
    await engine.stream(sql, format, context, signal, async (reader) => {
      for await (const chunk of reader) if (!response.write(chunk)) await once(response, 'drain', { signal });
    });
    response.end();
  } catch (error) {
    const exception = exceptionFrom(error);
    if (response.headersSent && format.endsWith('EachRowWithProgress') && !signal.aborted) {
      response.end(`\n${JSON.stringify({ exception: exception.text() })}\n`);
      return;
    }
    throw exception;
  }
}

function refuse(response: ServerResponse, exception: EngineException): void {
  if (response.headersSent) {
    // The client must not take what it has for the whole.
    response.write(`\n${exception.text()}\n`);
    response.destroy();
    return;
  }
  if (response.destroyed) return;
  response.removeHeader('content-length');
  response.writeHead(statusOf(exception), {
    'X-ClickHouse-Exception-Code': String(exception.exceptionCode),
    'content-type': 'text/plain; charset=UTF-8',
  });
  response.end(`${exception.text()}\n`);
}

async function* joined(head: string, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (head !== '') yield Buffer.from(head);
  yield* body;
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_SQL_BYTES) throw new Exception(62, 'SYNTAX_ERROR', `a statement longer than ${MAX_SQL_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function contentType(format: string): string {
  if (format.includes('EachRow')) return 'application/x-ndjson; charset=UTF-8';
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8';
  if (/^(?:TabSeparated|TSV)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8';
  return 'application/octet-stream';
}

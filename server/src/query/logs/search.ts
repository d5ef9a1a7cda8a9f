import type { LogRow, TenantId } from '@hanok/contract';
import { type Route, serve } from '#base';
import { bind, type Fragment, select, sql } from '#store';
import { cursorScope, type PagePosition, readCursor, writeCursor } from '../cursor.ts';
import { LOG_COLUMNS, type LogRecord, logFromRow } from '../decode/records.ts';
import { LOG_HASH, readLogId, toLogRow } from '../decode/shapes.ts';
import { ofTrace } from '../language/ids.ts';
import type { Page } from '../page.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { pageOfLogs } from './page-of-logs.ts';

export function logsSearch(queries: Queries): Route {
  return serve('POST /api/v1/logs/search', async (context) => {
    const { query, limit, order, cursor } = context.input;
    const scope = cursorScope('logs', query, order);
    const session = queries.session(context);
    const range = queries.range(context.input);
    const { where, rare } = await queries.asked(session, query, 'logs', range);
    const page = await pageOfLogs(session, {
      where,
      rare,
      estimate: queries.windowEstimate(session, scope),
      range,
      direction: order === 'newest' ? 'down' : 'up',
      after: cursor === undefined ? undefined : readCursor(cursor, scope),
      limit,
    });
    const rows = await shape(queries, session, page.rows);
    return { rows, cursor: page.next ? writeCursor(page.next, scope) : null, stats: session.stats() };
  });
}

async function shape(queries: Queries, session: QuerySession, rows: Page<LogRecord>['rows']): Promise<LogRow[]> {
  await queries.around.load(
    session,
    rows.map(({ record }) => record),
  );
  const tenant: TenantId = session.caller.tenant;
  return rows.map(({ record, tie }) => toLogRow(record, queries.around, tenant, tie));
}

/** How far around a row its neighbours are looked for. */
const REACH = 7n * 86_400n * 1_000_000_000n;

export function logsContext(queries: Queries): Route {
  return serve('POST /api/v1/logs/context', async (context) => {
    const { id, scope, before, after } = context.input;
    const position = readLogId(id);
    const session = queries.session(context);
    const at = sql`timestamp = fromUnixTimestamp64Nano(${bind.int(position.timestamp)})`;
    const [found] = await session.rows(
      select({
        columns: LOG_COLUMNS,
        from: 'logs',
        where: [at, sql`${LOG_HASH} = ${bind.uint(position.hash)}`],
        limit: 1,
      }),
    );
    if (!found) return { before: [], row: null, after: [], stats: session.stats() };
    const record = logFromRow(found);
    const where = neighbours(record, scope);
    const start: PagePosition = { key: position.timestamp, tie: position.hash, atKey: 1, atTie: 1 };
    const side = (direction: 'down' | 'up', limit: number) =>
      pageOfLogs(session, {
        where,
        direction,
        limit,
        estimate: queries.windowEstimate(session, cursorScope('context', scope, direction)),
        range: { from: position.timestamp > REACH ? position.timestamp - REACH : 0n, to: position.timestamp + REACH },
        after: start,
      });
    const [down, up] = await Promise.all([side('down', before), side('up', after)]);
    const [row] = await shape(queries, session, [{ record, tie: position.hash }]);
    const earlier = await shape(queries, session, down.rows);
    return {
      before: earlier.reverse(),
      row: row ?? null,
      after: await shape(queries, session, up.rows),
      stats: session.stats(),
    };
  });
}

function neighbours(record: LogRecord, scope: 'resource' | 'service' | 'host' | 'trace' | 'all'): Fragment[] {
  switch (scope) {
    case 'resource':
      return [sql`resource_id = ${bind.uint(BigInt(record.resourceId))}`];
    case 'service':
      return [
        sql`service_name = ${bind.string(record.serviceName)}`,
        sql`environment = ${bind.string(record.environment)}`,
      ];
    case 'host':
      return [sql`host_name = ${bind.string(record.hostName)}`];
    case 'trace':
      // A log of no trace has no neighbours in it.
      return record.traceId === '' ? [sql`0`] : [ofTrace(record.traceId)];
    case 'all':
      return [];
  }
}

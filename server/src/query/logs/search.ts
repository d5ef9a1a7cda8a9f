import {
  type LogRow,
  logsContextRequest,
  logsContextResponse,
  logsSearchRequest,
  logsSearchResponse,
  type TenantId,
} from '@hanok/contract';
import { type Route, route } from '#base';
import { bind, type Fragment, name, select, sql } from '#store';
import type { Ask } from '../ask.ts';
import { cursorScope, type Place, readCursor, writeCursor } from '../cursor.ts';
import { LOG_COLUMNS, type LogRecord, logFromRow } from '../decode/records.ts';
import { LOG_HASH, logHash, readLogId, toLogRow } from '../decode/shapes.ts';
import { compileFilter, unhexed } from '../language/compile.ts';
import { isRare } from '../language/rare.ts';
import { readQuery } from '../language/read.ts';
import { type Page, readPage } from '../page.ts';
import type { Range } from '../range.ts';
import type { Room } from '../room.ts';
import type { Stride } from '../strides.ts';

export function logsSearch(room: Room): Route {
  return route({
    method: 'POST',
    path: '/api/v1/logs/search',
    access: 'tenant',
    summary: 'Search logs, page by page',
    input: logsSearchRequest,
    output: logsSearchResponse,
    async handle(context) {
      const { query, limit, order, cursor } = context.input;
      const filter = readQuery(query, 'logs');
      const scope = cursorScope('logs', query, order);
      const ask = room.ask(context);
      const page = await pageOfLogs(ask, {
        where: [compileFilter(filter, 'logs')],
        rare: isRare(filter, 'logs'),
        stride: room.stride(ask, scope),
        range: room.range(context.input),
        direction: order === 'newest' ? 'down' : 'up',
        after: cursor === undefined ? undefined : readCursor(cursor, scope),
        limit,
      });
      const rows = await shape(room, ask, page.rows);
      return { rows, cursor: page.next ? writeCursor(page.next, scope) : null, stats: ask.stats() };
    },
  });
}

interface LogsPage {
  readonly where: readonly Fragment[];
  readonly range: Range;
  readonly direction: 'down' | 'up';
  readonly after: Place | undefined;
  readonly limit: number;
  readonly rare?: boolean;
  readonly stride: Stride;
}

function pageOfLogs(ask: Ask, page: LogsPage) {
  return readPage(ask, {
    table: 'logs',
    columns: LOG_COLUMNS,
    tie: LOG_HASH,
    decode: logFromRow,
    tieOf: logHash,
    order: { by: 'time', direction: page.direction },
    where: page.where,
    range: page.range,
    after: page.after,
    limit: page.limit,
    rare: page.rare ?? false,
    stride: page.stride,
  });
}

async function shape(room: Room, ask: Ask, rows: Page<LogRecord>['rows']): Promise<LogRow[]> {
  await room.around.load(
    ask,
    rows.map(({ record }) => record),
  );
  const tenant: TenantId = ask.caller.tenant;
  return rows.map(({ record, tie }) => toLogRow(record, room.around, tenant, tie));
}

/** How far around a row its neighbours are looked for. */
const REACH = 7n * 86_400n * 1_000_000_000n;

export function logsContext(room: Room): Route {
  return route({
    method: 'POST',
    path: '/api/v1/logs/context',
    access: 'tenant',
    summary: 'The rows before and after one log',
    input: logsContextRequest,
    output: logsContextResponse,
    async handle(context) {
      const { id, scope, before, after } = context.input;
      const place = readLogId(id);
      const ask = room.ask(context);
      const at = sql`timestamp = fromUnixTimestamp64Nano(${bind.int(place.timestamp)})`;
      const [found] = await ask.rows(
        select({
          columns: LOG_COLUMNS,
          from: 'logs',
          where: [at, sql`${LOG_HASH} = ${bind.uint(place.hash)}`],
          limit: 1,
        }),
      );
      if (!found) return { before: [], row: null, after: [], stats: ask.stats() };
      const record = logFromRow(found);
      const where = neighbours(record, scope);
      const start: Place = { key: place.timestamp, tie: place.hash, atKey: 1, atTie: 1 };
      const side = (direction: 'down' | 'up', limit: number) =>
        pageOfLogs(ask, {
          where,
          direction,
          limit,
          stride: room.stride(ask, cursorScope('context', scope, direction)),
          range: { from: place.timestamp > REACH ? place.timestamp - REACH : 0n, to: place.timestamp + REACH },
          after: start,
        });
      const [down, up] = await Promise.all([side('down', before), side('up', after)]);
      const [row] = await shape(room, ask, [{ record, tie: place.hash }]);
      const earlier = await shape(room, ask, down.rows);
      return {
        before: earlier.reverse(),
        row: row ?? null,
        after: await shape(room, ask, up.rows),
        stats: ask.stats(),
      };
    },
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
      return record.traceId === '' ? [sql`0`] : [sql`${name('trace_id')} = ${unhexed(record.traceId, 16)}`];
    case 'all':
      return [];
  }
}

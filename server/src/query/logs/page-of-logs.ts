import type { Fragment } from '#store';
import type { PagePosition } from '../cursor.ts';
import { LOG_COLUMNS, logFromRow } from '../decode/records.ts';
import { LOG_HASH, logHash } from '../decode/shapes.ts';
import { readPage } from '../page.ts';
import type { QuerySession } from '../query-session.ts';
import type { Range } from '../range.ts';
import type { WindowEstimate } from '../window-estimates.ts';

export interface LogsPage {
  readonly where: readonly Fragment[];
  readonly range: Range;
  readonly direction: 'down' | 'up';
  readonly after: PagePosition | undefined;
  readonly limit: number;
  readonly rare?: boolean;
  readonly estimate: WindowEstimate;
}

export function pageOfLogs(session: QuerySession, page: LogsPage) {
  return readPage(session, {
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
    estimate: page.estimate,
  });
}

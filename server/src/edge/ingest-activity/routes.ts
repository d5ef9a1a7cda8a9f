import { setTimeout as pause } from 'node:timers/promises';
import type { IngestActivityResponse, TenantId } from '@hanok/contract';
import { type Caller, OPERATOR_TENANT, type Principal, type Route, serve } from '#base';
import type { IngestActivity } from './ingest-activity.ts';

/** Who reads notices. Operators hear whose, where and what to do; others what concerns their own tenant. */
export interface NoticeReader {
  readonly operator: boolean;
  /** Undefined: an operator in Hanok's own tenant, who hears of all stores. */
  readonly tenant: TenantId | undefined;
}

export type Notices = (reader: NoticeReader) => IngestActivityResponse['notices'];

const EVERY_MS = 1_000;
/** Without arrivals the picture still moves for a minute, then it is still. */
const MOVES_FOR = 61;

/** Who reads Hanok's own tenant and may read of the installation hears of all stores. */
function readerOf(principal: Principal, { tenant }: Caller): NoticeReader {
  const operator = principal.instance.has('instance.read');
  return { operator, tenant: operator && tenant === OPERATOR_TENANT ? undefined : tenant };
}

async function* pictures(
  activity: IngestActivity,
  notices: Notices,
  tenant: TenantId,
  reader: NoticeReader,
  signal: AbortSignal,
) {
  let version = -1;
  let noticed = '';
  let moving = 0;
  while (!signal.aborted) {
    const now = notices(reader);
    const text = JSON.stringify(now);
    if (activity.version(tenant) !== version || text !== noticed) moving = MOVES_FOR;
    version = activity.version(tenant);
    noticed = text;
    if (moving-- > 0) yield `data: ${JSON.stringify(activity.view(tenant, now))}\n\n`;
    await pause(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

export function ingestActivityRoutes(activity: IngestActivity, notices: Notices): Route[] {
  return [
    serve('GET /api/v1/ingest-activity', async ({ caller, principal }) =>
      activity.view(caller.tenant, notices(readerOf(principal, caller))),
    ),
    serve('GET /api/v1/ingest-activity/stream', async ({ caller, principal, signal }) => ({
      contentType: 'text/event-stream',
      chunks: pictures(activity, notices, caller.tenant, readerOf(principal, caller), signal),
    })),
  ];
}

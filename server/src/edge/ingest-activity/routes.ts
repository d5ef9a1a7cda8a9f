import { setTimeout as pause } from 'node:timers/promises';
import { type IngestActivityResponse, ingestActivityResponse, type TenantId } from '@hanok/contract';
import { z } from 'zod';
import { type Caller, must, OPERATOR_TENANT, type Person, type Route, route } from '#base';
import type { IngestActivity } from './ingest-activity.ts';

/** Who reads notices. Operators hear whose, where and what to do; others what concerns their own tenant. */
export interface NoticeReader {
  readonly operator: boolean;
  /** Undefined: an operator who named none, and hears of all stores. */
  readonly tenant: TenantId | undefined;
}

export type Notices = (reader: NoticeReader) => IngestActivityResponse['notices'];

const EVERY_MS = 1_000;
/** Without arrivals the picture still moves for a minute, then it is still. */
const MOVES_FOR = 61;

/** An operator who names no tenant sees the activity of Hanok's own, where refusals of unknown credentials are kept. */
function readerOf(person: Person | undefined, caller: Caller | undefined): { tenant: TenantId; reader: NoticeReader } {
  const operator = person?.role === 'operator';
  must(caller || operator, 'only operators are without a tenant');
  return { tenant: caller?.tenant ?? OPERATOR_TENANT, reader: { operator, tenant: caller?.tenant } };
}

async function* pictures(
  activity: IngestActivity,
  notices: Notices,
  { tenant, reader }: ReturnType<typeof readerOf>,
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
    route({
      method: 'GET',
      path: '/api/v1/ingest-activity',
      access: 'person',
      summary:
        'What arrived and what was refused, and why; for operators who name no tenant, or hanok, also what came with unknown credentials',
      input: z.object({}),
      output: ingestActivityResponse,
      async handle({ caller, person }) {
        const { tenant, reader } = readerOf(person, caller);
        return activity.view(tenant, notices(reader));
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/ingest-activity/stream',
      access: 'person',
      summary: 'The same, once a second while something changes, as server-sent events; the data of each is the whole',
      input: z.object({}),
      output: 'stream',
      handle: async ({ caller, person, signal }) => ({
        contentType: 'text/event-stream',
        chunks: pictures(activity, notices, readerOf(person, caller), signal),
      }),
    }),
  ];
}

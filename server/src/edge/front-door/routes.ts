import { setTimeout as pause } from 'node:timers/promises';
import { type FrontDoorResponse, frontDoorResponse, type TenantId } from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
import type { FrontDoor } from './front-door.ts';

export type Notices = (tenant: TenantId) => FrontDoorResponse['notices'];

const EVERY_MS = 1_000;
/** Without arrivals the picture still moves for a minute, then it is still. */
const MOVES_FOR = 61;

async function* pictures(door: FrontDoor, notices: Notices, tenant: TenantId, signal: AbortSignal) {
  let version = -1;
  let noticed = '';
  let moving = 0;
  while (!signal.aborted) {
    const now = notices(tenant);
    const text = JSON.stringify(now);
    if (door.version(tenant) !== version || text !== noticed) moving = MOVES_FOR;
    version = door.version(tenant);
    noticed = text;
    if (moving-- > 0) yield `data: ${JSON.stringify(door.view(tenant, now))}\n\n`;
    await pause(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

export function frontDoorRoutes(door: FrontDoor, notices: Notices): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/front-door',
      access: 'tenant',
      summary:
        'What arrived and what was refused, and why; for the tenant hanok also what came with unknown credentials',
      input: z.object({}),
      output: frontDoorResponse,
      handle: async ({ caller }) => door.view(caller.tenant, notices(caller.tenant)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/front-door/stream',
      access: 'tenant',
      summary: 'The same, once a second while something changes, as server-sent events; the data of each is the whole',
      input: z.object({}),
      output: 'stream',
      handle: async ({ caller, signal }) => ({
        contentType: 'text/event-stream',
        chunks: pictures(door, notices, caller.tenant, signal),
      }),
    }),
  ];
}

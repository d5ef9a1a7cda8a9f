import { done, keyCreateRequest, keyCreateResponse, keysResponse } from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
import type { Keys } from '../identity/keys.ts';
import { actorOf, keyRowOf } from './rows.ts';

export function keyRoutes(keys: Keys): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/keys',
      access: 'tenant',
      summary: 'Ingest keys of the tenant, without their secrets',
      input: z.object({}),
      output: keysResponse,
      handle: async ({ caller }) => ({ keys: (await keys.list(caller.tenant)).map(keyRowOf) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/keys',
      access: 'admin',
      summary: 'Make an ingest key; the secret is shown in this answer only',
      input: keyCreateRequest,
      output: keyCreateResponse,
      audit: 'key.create',
      async handle(context) {
        const { key, secret } = await keys.create(actorOf(context), context.caller.tenant, context.input.name);
        return { key: keyRowOf(key), secret };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/keys/:id',
      access: 'admin',
      summary: 'Revoke an ingest key; it is refused from this moment on',
      input: z.object({ id: z.string().max(64) }),
      output: done,
      audit: 'key.revoke',
      async handle(context) {
        await keys.revoke(actorOf(context), context.caller.tenant, context.input.id);
        return { done: true as const };
      },
    }),
  ];
}

import { type Route, serve } from '#base';
import type { Keys } from '../identity/keys.ts';
import { actorOf, keyRowOf } from './rows.ts';

export function keyRoutes(keys: Keys): Route[] {
  return [
    serve('GET /api/v1/keys', async ({ caller }) => ({ keys: (await keys.list(caller.tenant)).map(keyRowOf) })),
    serve('POST /api/v1/keys', async (context) => {
      const { key, secret } = await keys.create(
        actorOf(context),
        context.caller.tenant,
        context.input.name,
        context.input,
      );
      return { key: keyRowOf(key), secret };
    }),
    serve('POST /api/v1/keys/:id/rotate', async (context) => {
      const { id, overlapHours } = context.input;
      const { key, secret } = await keys.rotate(actorOf(context), context.caller.tenant, id, overlapHours);
      return { key: keyRowOf(key), secret };
    }),
    serve('DELETE /api/v1/keys/:id', async (context) => {
      await keys.revoke(actorOf(context), context.caller.tenant, context.input.id);
      return { done: true as const };
    }),
  ];
}

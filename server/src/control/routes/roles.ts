import { type Route, serve } from '#base';
import type { Roles } from '../identity/roles.ts';
import { actorOf, roleRowOf } from './rows.ts';

export function roleRoutes(roles: Roles): Route[] {
  return [
    serve('GET /api/v1/roles', async ({ caller }) => ({ roles: (await roles.list(caller.tenant)).map(roleRowOf) })),
    serve('POST /api/v1/roles', async (context) => {
      const { caller, granted, input } = context;
      return roleRowOf(await roles.create(actorOf(context), caller.tenant, granted, input));
    }),
    serve('PUT /api/v1/roles/:id', async (context) => {
      const { id, ...wish } = context.input;
      return roleRowOf(await roles.change(actorOf(context), context.caller.tenant, context.granted, id, wish));
    }),
    serve('DELETE /api/v1/roles/:id', async (context) => {
      await roles.remove(actorOf(context), context.caller.tenant, context.granted, context.input.id);
      return { done: true as const };
    }),
  ];
}

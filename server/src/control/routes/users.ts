import { type Route, serve } from '#base';
import type { Users } from '../identity/users.ts';
import { actorOf, userRowOf } from './rows.ts';

export function userRoutes(users: Users): Route[] {
  return [
    serve('GET /api/v1/users', async ({ caller }) => ({ users: (await users.list(caller.tenant)).map(userRowOf) })),
    serve('POST /api/v1/users', async (context) => {
      const { caller, granted, input } = context;
      const { user, password } = await users.create(actorOf(context), caller.tenant, granted, input);
      return { user: userRowOf(user), password };
    }),
    serve('PUT /api/v1/users/:id/password', async (context) => {
      const { id, password } = context.input;
      return { password: await users.resetPassword(actorOf(context), context.caller.tenant, id, password) };
    }),
    serve('PATCH /api/v1/users/:id', async (context) => {
      const { caller, granted, input } = context;
      return userRowOf(await users.changeRole(actorOf(context), caller.tenant, granted, input.id, input.role));
    }),
    serve('PUT /api/v1/users/:id/owner', async (context) =>
      userRowOf(await users.setOwner(actorOf(context), context.caller.tenant, context.input.id, true)),
    ),
    serve('DELETE /api/v1/users/:id/owner', async (context) =>
      userRowOf(await users.setOwner(actorOf(context), context.caller.tenant, context.input.id, false)),
    ),
    serve('DELETE /api/v1/users/:id', async (context) => {
      await users.remove(actorOf(context), context.caller.tenant, context.input.id);
      return { done: true as const };
    }),
  ];
}

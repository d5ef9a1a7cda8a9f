import { type Route, serve } from '#base';
import type { SecondFactors } from '../identity/second-factor/second-factors.ts';
import type { Users } from '../identity/users.ts';
import type { TenantSettings } from '../tenancy/settings.ts';
import { actorOf } from './rows.ts';

interface Deps {
  readonly users: Users;
  readonly factors: SecondFactors;
  readonly settings: TenantSettings;
}

/** How others come in, and what a tenant asks of them. */
export function signInRoutes({ users, factors, settings }: Deps): Route[] {
  return [
    serve('DELETE /api/v1/users/:id/sessions', async (context) => {
      await users.endSessions(actorOf(context), context.caller.tenant, context.input.id);
      return { done: true as const };
    }),
    serve('DELETE /api/v1/users/:id/second-factor', async (context) => {
      await factors.take(actorOf(context), context.caller.tenant, context.input.id);
      return { done: true as const };
    }),
    serve('DELETE /api/v1/operators/:id/second-factor', async (context) => {
      await factors.take(actorOf(context), undefined, context.input.id);
      return { done: true as const };
    }),
    serve('GET /api/v1/tenant-settings', ({ caller }) => settings.read(caller.tenant)),
    serve('PATCH /api/v1/tenant-settings', (context) =>
      settings.change(actorOf(context), context.caller.tenant, context.input),
    ),
  ];
}

import { type Route, serve } from '#base';
import type { ServiceAccounts } from '../identity/service-accounts.ts';
import type { Tokens } from '../identity/tokens.ts';
import { actorOf, serviceAccountRowOf, tokenRowOf } from './rows.ts';

interface Deps {
  readonly tokens: Tokens;
  readonly serviceAccounts: ServiceAccounts;
}

export function tokenRoutes({ tokens, serviceAccounts }: Deps): Route[] {
  return [
    serve('GET /api/v1/tokens', async ({ caller }) => ({
      tokens: (await tokens.list(caller.tenant)).map(tokenRowOf),
    })),
    serve('POST /api/v1/tokens', async (context) => {
      const { caller, granted, input, principal } = context;
      const { token, secret } = await tokens.create(actorOf(context), principal, caller.tenant, granted, input);
      return { token: tokenRowOf(token), secret };
    }),
    serve('DELETE /api/v1/tokens/:id', async (context) => {
      await tokens.revoke(actorOf(context), context.caller.tenant, context.input.id);
      return { done: true as const };
    }),
    serve('GET /api/v1/service-accounts', async ({ caller }) => ({
      serviceAccounts: (await serviceAccounts.list(caller.tenant)).map(serviceAccountRowOf),
    })),
    serve('POST /api/v1/service-accounts', async (context) => {
      const { caller, granted, input } = context;
      return serviceAccountRowOf(await serviceAccounts.create(actorOf(context), caller.tenant, granted, input));
    }),
    serve('DELETE /api/v1/service-accounts/:id', async (context) => {
      await serviceAccounts.remove(actorOf(context), context.caller.tenant, context.granted, context.input.id);
      return { done: true as const };
    }),
    serve('GET /api/v1/instance/tokens', async () => ({ tokens: (await tokens.list(undefined)).map(tokenRowOf) })),
    serve('POST /api/v1/instance/tokens', async (context) => {
      const { input, principal } = context;
      const made = await tokens.create(actorOf(context), principal, undefined, principal.instance, input);
      return { token: tokenRowOf(made.token), secret: made.secret };
    }),
    serve('DELETE /api/v1/instance/tokens/:id', async (context) => {
      await tokens.revoke(actorOf(context), undefined, context.input.id);
      return { done: true as const };
    }),
  ];
}

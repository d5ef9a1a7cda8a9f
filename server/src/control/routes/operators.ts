import { type Route, serve } from '#base';
import type { OperatorAccess } from '../identity/operator-access.ts';
import type { Operators } from '../identity/operators.ts';
import { actorOf, operatorAccessRowOf, operatorRowOf } from './rows.ts';

interface Deps {
  readonly operators: Operators;
  readonly operatorAccess: OperatorAccess;
}

export function operatorRoutes({ operators, operatorAccess }: Deps): Route[] {
  return [
    serve('GET /api/v1/operators', async () => ({ operators: (await operators.list()).map(operatorRowOf) })),
    serve('POST /api/v1/operators', async (context) => {
      const { operator, password } = await operators.create(actorOf(context), context.input);
      return { operator: operatorRowOf(operator), password };
    }),
    serve('PATCH /api/v1/operators/:id', async (context) =>
      operatorRowOf(await operators.changeRole(actorOf(context), context.input.id, context.input.role)),
    ),
    serve('PUT /api/v1/operators/:id/password', async (context) => ({
      password: await operators.resetPassword(actorOf(context), context.input.id, context.input.password),
    })),
    serve('DELETE /api/v1/operators/:id', async (context) => {
      await operators.remove(actorOf(context), context.input.id);
      return { done: true as const };
    }),
    serve('POST /api/v1/tenants/:tenant/access', async (context) => {
      const { tenant, ...wanted } = context.input;
      return operatorAccessRowOf(await operatorAccess.open(actorOf(context), context.principal, tenant, wanted));
    }),
    serve('DELETE /api/v1/tenants/:tenant/access', async (context) => {
      await operatorAccess.endOwn(actorOf(context), context.principal, context.input.tenant);
      return { done: true as const };
    }),
    serve('GET /api/v1/operator-access', async ({ caller }) => ({
      access: (await operatorAccess.list(caller.tenant)).map(operatorAccessRowOf),
    })),
    serve('DELETE /api/v1/operator-access/:id', async (context) => {
      await operatorAccess.end(actorOf(context), context.caller.tenant, context.input.id);
      return { done: true as const };
    }),
  ];
}

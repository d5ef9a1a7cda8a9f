import type { JwtIssuerRow } from '@hanok/contract';
import { type Route, serve } from '#base';
import type { JwtIssuerRecord, JwtIssuers } from '../identity/jwt-issuers.ts';
import { actorOf, instantOf } from './rows.ts';

const jwtIssuerRowOf = (record: JwtIssuerRecord): JwtIssuerRow => ({
  id: record.id,
  name: record.name,
  issuer: record.issuer,
  source: record.source,
  jwksUrl: record.jwks_url,
  keys: record.keys,
  audiences: JSON.parse(record.audiences),
  algorithms: JSON.parse(record.algorithms),
  leewaySeconds: record.leeway_seconds,
  requiredClaims: JSON.parse(record.required_claims),
  tenantClaim: record.tenant_claim,
  createdAt: instantOf(record.created_at),
  changedAt: instantOf(record.changed_at),
});

export function jwtIssuerRoutes(issuers: JwtIssuers): Route[] {
  return [
    serve('GET /api/v1/jwt-issuers', async ({ caller }) => ({
      issuers: (await issuers.list(caller.tenant)).map(jwtIssuerRowOf),
    })),
    serve('POST /api/v1/jwt-issuers', async (context) =>
      jwtIssuerRowOf(await issuers.create(actorOf(context), context.caller.tenant, context.input)),
    ),
    serve('PUT /api/v1/jwt-issuers/:id', async (context) => {
      const { id, ...wanted } = context.input;
      return jwtIssuerRowOf(await issuers.change(actorOf(context), context.caller.tenant, id, wanted));
    }),
    serve('DELETE /api/v1/jwt-issuers/:id', async (context) => {
      await issuers.remove(actorOf(context), context.caller.tenant, context.input.id);
      return { done: true as const };
    }),
  ];
}

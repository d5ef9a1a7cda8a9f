import { done, type JwtIssuerRow, jwtIssuerRequest, jwtIssuerRow, jwtIssuersResponse } from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
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

const id = z.object({ id: z.string().max(64) });

export function jwtIssuerRoutes(issuers: JwtIssuers): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/jwt-issuers',
      access: 'tenant',
      summary: 'Issuers whose JSON Web Tokens let senders in, without secrets',
      input: z.object({}),
      output: jwtIssuersResponse,
      handle: async ({ caller }) => ({ issuers: (await issuers.list(caller.tenant)).map(jwtIssuerRowOf) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/jwt-issuers',
      access: 'admin',
      summary: 'Let senders in with tokens of an issuer',
      input: jwtIssuerRequest,
      output: jwtIssuerRow,
      audit: 'jwt-issuer.create',
      handle: async (context) =>
        jwtIssuerRowOf(await issuers.create(actorOf(context), context.caller.tenant, context.input)),
    }),
    route({
      method: 'PUT',
      path: '/api/v1/jwt-issuers/:id',
      access: 'admin',
      summary: 'Change an issuer; tokens are judged by it from this moment on',
      input: jwtIssuerRequest.extend({ id: id.shape.id }),
      output: jwtIssuerRow,
      audit: 'jwt-issuer.change',
      async handle(context) {
        const { id, ...wanted } = context.input;
        return jwtIssuerRowOf(await issuers.change(actorOf(context), context.caller.tenant, id, wanted));
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/jwt-issuers/:id',
      access: 'admin',
      summary: 'Refuse tokens of an issuer from this moment on',
      input: id,
      output: done,
      audit: 'jwt-issuer.remove',
      async handle(context) {
        await issuers.remove(actorOf(context), context.caller.tenant, context.input.id);
        return { done: true as const };
      },
    }),
  ];
}

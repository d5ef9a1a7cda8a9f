import { z } from 'zod';
import {
  auditVerifyResponse,
  done,
  tenantCreateRequest,
  tenantCreateResponse,
  tenantPatchRequest,
  tenantRow,
} from '../admin.ts';
import {
  auditRequest,
  auditResponse,
  keyCreateRequest,
  keyCreateResponse,
  keyRotateRequest,
  keysResponse,
} from '../api.ts';
import { jwtIssuerRequest, jwtIssuerRow, jwtIssuersResponse, jwtTestRequest, jwtTestResponse } from '../jwt-issuers.ts';
import {
  limitsResponse,
  planChangeRequest,
  planCreateRequest,
  planRow,
  plansResponse,
  retentionDays,
  retentionRequest,
} from '../limits.ts';
import {
  certificatesRequest,
  certificatesResponse,
  signedCertificate,
  tenantDeleteRequest,
  tenantsRequest,
  tenantsResponse,
  tenantUndeleteRequest,
  tenantView,
} from '../tenancy.ts';
import { endpoint } from './endpoint.ts';

const tenantId = z.object({ id: z.string().max(63) });

const headRequest = z.object({
  seq: z.coerce.number().int().min(1).optional().describe('Number of an entry noted down earlier'),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('Hash of that entry'),
});

/** What a tenant's administrators do: keys, issuers of tokens, the audit log. */
export const ADMINISTRATION_ENDPOINTS = {
  'GET /api/v1/keys': endpoint({
    permission: 'keys.read',
    summary: 'Ingest keys of the tenant, without their secrets',
    input: z.object({}),
    output: keysResponse,
  }),
  'POST /api/v1/keys': endpoint({
    permission: 'keys.write',
    summary: 'Make an ingest key; the secret is shown in this answer only',
    input: keyCreateRequest,
    output: keyCreateResponse,
    audit: 'key.create',
  }),
  'POST /api/v1/keys/:id/rotate': endpoint({
    permission: 'keys.write',
    summary: 'Make a key in the place of one that stays good for a while; the secret is shown in this answer only',
    input: keyRotateRequest.extend({ id: z.string().max(64) }),
    output: keyCreateResponse,
    audit: 'key.rotate',
  }),
  'DELETE /api/v1/keys/:id': endpoint({
    permission: 'keys.write',
    summary: 'Revoke an ingest key; it is refused from this moment on',
    input: z.object({ id: z.string().max(64) }),
    output: done,
    audit: 'key.revoke',
  }),
  'GET /api/v1/jwt-issuers': endpoint({
    permission: 'jwt-issuers.read',
    summary: 'Issuers whose JSON Web Tokens let senders in, without secrets',
    input: z.object({}),
    output: jwtIssuersResponse,
  }),
  'POST /api/v1/jwt-issuers': endpoint({
    permission: 'jwt-issuers.write',
    summary: 'Let senders in with tokens of an issuer',
    input: jwtIssuerRequest,
    output: jwtIssuerRow,
    audit: 'jwt-issuer.create',
  }),
  'PUT /api/v1/jwt-issuers/:id': endpoint({
    permission: 'jwt-issuers.write',
    summary: 'Change an issuer; tokens are judged by it from this moment on',
    input: jwtIssuerRequest.extend({ id: z.string().max(64) }),
    output: jwtIssuerRow,
    audit: 'jwt-issuer.change',
  }),
  'DELETE /api/v1/jwt-issuers/:id': endpoint({
    permission: 'jwt-issuers.write',
    summary: 'Refuse tokens of an issuer from this moment on',
    input: z.object({ id: z.string().max(64) }),
    output: done,
    audit: 'jwt-issuer.remove',
  }),
  'POST /api/v1/jwt-issuers/test': endpoint({
    permission: 'jwt-issuers.write',
    summary: 'Say step by step what a token would meet that a sender came with; nothing is kept of it',
    input: jwtTestRequest,
    output: jwtTestResponse,
  }),
  'GET /api/v1/limits': endpoint({
    permission: 'usage.read',
    summary: 'Limits of the tenant, what is used of them, and how long telemetry is kept',
    input: z.object({}),
    output: limitsResponse,
  }),
  'PATCH /api/v1/retention': endpoint({
    permission: 'retention.write',
    summary: 'Change how long telemetry that comes from now on is kept, within the plan',
    input: retentionRequest,
    output: retentionDays,
    audit: 'retention.change',
  }),
  'GET /api/v1/audit': endpoint({
    permission: 'audit.read',
    summary: 'What was done and refused in the tenant, newest first',
    input: auditRequest,
    output: auditResponse,
  }),
  'GET /api/v1/audit/verify': endpoint({
    permission: 'audit.read',
    summary: "Recompute the hash chain of the tenant's audit log and say where it breaks",
    input: headRequest,
    output: auditVerifyResponse,
  }),
  'GET /api/v1/audit/export': endpoint({
    permission: 'audit.read',
    summary: "The tenant's audit log as JSON lines that can be verified by themselves",
    input: z.object({}),
    output: 'stream',
  }),
} as const;

/** What the operators of the installation do. */
export const INSTANCE_ENDPOINTS = {
  'GET /api/v1/tenants': endpoint({
    permission: 'tenants.read',
    summary: "Tenants, Hanok's own included, with what they send now, a page at a time",
    input: tenantsRequest,
    output: tenantsResponse,
  }),
  'GET /api/v1/tenants/:id': endpoint({
    permission: 'tenants.read',
    summary: 'One tenant; while it is deleted, how far that is, and afterwards the certificate by its id in the error',
    input: tenantId,
    output: tenantView,
  }),
  'DELETE /api/v1/tenants/:id': endpoint({
    permission: 'tenants.write',
    summary: 'Suspend a tenant and remove it with everything it has when the time to change one’s mind is over',
    input: tenantDeleteRequest.extend(tenantId.shape),
    output: tenantView,
    audit: 'tenant.delete',
  }),
  'POST /api/v1/tenants/:id/undelete': endpoint({
    permission: 'tenants.write',
    summary: 'Keep a tenant that was to be deleted; it has the status that it had',
    input: tenantUndeleteRequest.extend(tenantId.shape),
    output: tenantView,
    audit: 'tenant.undelete',
  }),
  'GET /api/v1/certificates': endpoint({
    permission: 'tenants.read',
    summary: 'Certificates of deleted tenants, newest first',
    input: certificatesRequest,
    output: certificatesResponse,
  }),
  'GET /api/v1/certificates/:id': endpoint({
    permission: 'tenants.read',
    summary: 'One certificate with its signature; `hanok certificate verify` checks it as a file',
    input: z.object({ id: z.string().max(64) }),
    output: signedCertificate,
  }),
  'POST /api/v1/tenants': endpoint({
    permission: 'tenants.write',
    summary: 'Make a tenant with its first owner and key; both secrets are shown in this answer only',
    input: tenantCreateRequest,
    output: tenantCreateResponse,
    audit: 'tenant.create',
  }),
  'PATCH /api/v1/tenants/:id': endpoint({
    permission: 'tenants.write',
    summary: "Change a tenant's name, status, plan, limits or retention; a limit of null is the plan's again",
    input: tenantPatchRequest.extend({ id: z.string().max(63) }),
    output: tenantRow,
    audit: 'tenant.change',
  }),
  'GET /api/v1/plans': endpoint({
    permission: 'tenants.read',
    summary: 'Plans: named sets of limits that tenants have',
    input: z.object({}),
    output: plansResponse,
  }),
  'POST /api/v1/plans': endpoint({
    permission: 'tenants.write',
    summary: "Make a plan; what it does not say is the installation's configuration",
    input: planCreateRequest,
    output: planRow,
    audit: 'plan.create',
  }),
  'PATCH /api/v1/plans/:id': endpoint({
    permission: 'tenants.write',
    summary: 'Change a plan, at once for all tenants that have it',
    input: planChangeRequest,
    output: planRow,
    audit: 'plan.change',
  }),
  'DELETE /api/v1/plans/:id': endpoint({
    permission: 'tenants.write',
    summary: 'Remove a plan that no tenant has',
    input: z.object({ id: z.string().max(40) }),
    output: done,
    audit: 'plan.remove',
  }),
  'GET /api/v1/instance/audit': endpoint({
    permission: 'instance-audit.read',
    summary: 'What was done and refused in the whole installation, newest first',
    input: auditRequest,
    output: auditResponse,
  }),
  'GET /api/v1/instance/audit/verify': endpoint({
    permission: 'instance-audit.read',
    summary: "Recompute the hash chain of the operators' audit log and say where it breaks",
    input: headRequest,
    output: auditVerifyResponse,
  }),
  'GET /api/v1/instance/audit/export': endpoint({
    permission: 'instance-audit.read',
    summary: "The operators' audit log as JSON lines that can be verified by themselves",
    input: z.object({}),
    output: 'stream',
  }),
} as const;

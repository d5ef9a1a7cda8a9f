import { z } from 'zod';
import {
  auditVerifyResponse,
  done,
  tenantCreateRequest,
  tenantCreateResponse,
  tenantPatchRequest,
  tenantRow,
} from '../admin.ts';
import { auditResponse, keyCreateRequest, keyCreateResponse, keysResponse } from '../api.ts';
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

export const auditPageRequest = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(32).optional().describe('From an earlier answer; older rows follow'),
});

const headRequest = z.object({
  seq: z.coerce.number().int().min(1).optional().describe('Number of a row noted down earlier'),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('Hash of that row'),
});

/** What a tenant's administrators do: keys, the audit log. */
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
  'DELETE /api/v1/keys/:id': endpoint({
    permission: 'keys.write',
    summary: 'Revoke an ingest key; it is refused from this moment on',
    input: z.object({ id: z.string().max(64) }),
    output: done,
    audit: 'key.revoke',
  }),
  'GET /api/v1/audit': endpoint({
    permission: 'audit.read',
    summary: 'What was done and refused in the tenant, newest first',
    input: auditPageRequest,
    output: auditResponse,
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
    summary: "Change a tenant's name, status, limits or retention",
    input: tenantPatchRequest.extend({ id: z.string().max(63) }),
    output: tenantRow,
    audit: 'tenant.change',
  }),
  'GET /api/v1/instance/audit': endpoint({
    permission: 'instance-audit.read',
    summary: 'What was done and refused in the whole installation, newest first',
    input: auditPageRequest,
    output: auditResponse,
  }),
  'GET /api/v1/audit/verify': endpoint({
    permission: 'instance-audit.read',
    summary: 'Recompute the hash chain of the audit log and say where it breaks',
    input: headRequest,
    output: auditVerifyResponse,
  }),
} as const;

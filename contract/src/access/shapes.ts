/** Shapes of the API about who may what: people of a tenant, roles, API tokens, operators and their access to tenants. */
import { z } from 'zod';
import { displayName } from '../names.ts';
import { INSTANCE_PERMISSIONS, type Permission, TENANT_PERMISSIONS } from './permissions.ts';
import { OPERATOR_ROLES, TENANT_ROLES } from './roles.ts';

const tenantPermission = z.enum(TENANT_PERMISSIONS);
const permission: z.ZodType<Permission> = z.enum([...TENANT_PERMISSIONS, ...INSTANCE_PERMISSIONS]);

/** A built-in role, or the id of one that the tenant made. */
export const roleId = z
  .string()
  .regex(/^(?:[a-z-]{1,32}|r_[0-9a-f]{20})$/)
  .describe(`One of ${TENANT_ROLES.join(', ')}, or the id of a role of the tenant`);

// ---- people of a tenant ----------------------------------------------------------------------------------

export const newPassword = z.string().min(12, 'must have at least 12 characters').max(1_024);

export const userRow = z.object({
  id: z.string(),
  email: z.string(),
  role: z.string(),
  createdAt: z.string().describe('Since when they are a member'),
  lastLoginAt: z.string().nullable(),
});
export type UserRow = z.infer<typeof userRow>;
export const usersResponse = z.object({ users: z.array(userRow) });
export const userCreateRequest = z.object({
  email: z.email().max(254),
  role: roleId,
  /** Absent: one is made and shown once. */
  password: newPassword.optional(),
});
export const userCreateResponse = z.object({ user: userRow, password: z.string().nullable() });
export const userRoleRequest = z.object({
  role: roleId,
  /** Kept in the audit log. */
  reason: z.string().max(1_000).optional(),
});
export const passwordResetRequest = z.object({ password: newPassword.optional() });
export const passwordResetResponse = z.object({ password: z.string().nullable() });
export const passwordChangeRequest = z.object({ current: z.string().min(1).max(1_024), next: newPassword });

// ---- roles -----------------------------------------------------------------------------------------------

export const roleRow = z.object({
  id: z.string(),
  /** Null for built-in roles, whose names the reader's language has. */
  name: z.string().nullable(),
  builtIn: z.boolean(),
  permissions: z.array(tenantPermission),
  members: z.number(),
});
export type RoleRow = z.infer<typeof roleRow>;
export const rolesResponse = z.object({ roles: z.array(roleRow) });
export const roleWriteRequest = z.object({
  name: displayName,
  permissions: z.array(tenantPermission).min(1).max(TENANT_PERMISSIONS.length),
});

// ---- API tokens and service accounts ---------------------------------------------------------------------

/** An address or a network, as `192.0.2.0/24` or `2001:db8::/32`. */
export const network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);

export const tokenRow = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  /** Whose rights bound it: the person who made it, or a service account. */
  owner: z.object({ kind: z.enum(['person', 'service-account']), id: z.string(), name: z.string() }),
  permissions: z.array(permission),
  networks: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});
export type TokenRow = z.infer<typeof tokenRow>;
export const tokensResponse = z.object({ tokens: z.array(tokenRow) });
export const tokenCreateRequest = z.object({
  name: displayName,
  permissions: z
    .array(permission)
    .min(1)
    .max(TENANT_PERMISSIONS.length + INSTANCE_PERMISSIONS.length),
  /** Absent: the person who makes it. */
  serviceAccount: z.string().max(64).optional(),
  networks: z.array(network).max(32).default([]).describe('From where it may be used; empty: from anywhere'),
  expiresInDays: z.number().int().min(1).max(3_650).nullable().default(90).describe('Null: never'),
});
export const tokenCreateResponse = z.object({ token: tokenRow, secret: z.string() });

export const serviceAccountRow = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  createdAt: z.string(),
  tokens: z.number().describe('In force'),
});
export type ServiceAccountRow = z.infer<typeof serviceAccountRow>;
export const serviceAccountsResponse = z.object({ serviceAccounts: z.array(serviceAccountRow) });
export const serviceAccountCreateRequest = z.object({ name: displayName, role: roleId });

// ---- operators -------------------------------------------------------------------------------------------

export const operatorRole = z.enum(OPERATOR_ROLES);
export const operatorRow = z.object({
  id: z.string(),
  email: z.string(),
  role: operatorRole,
  createdAt: z.string(),
  lastLoginAt: z.string().nullable(),
});
export type OperatorRow = z.infer<typeof operatorRow>;
export const operatorsResponse = z.object({ operators: z.array(operatorRow) });
export const operatorCreateRequest = z.object({
  email: z.email().max(254),
  role: operatorRole,
  password: newPassword.optional(),
});
export const operatorCreateResponse = z.object({ operator: operatorRow, password: z.string().nullable() });

/** An operator's way into one tenant's data: for a reason, for a while, seen by the tenant. */
export const operatorAccessRow = z.object({
  id: z.string(),
  operator: z.string(),
  reason: z.string(),
  role: z.enum(['viewer', 'admin']),
  openedAt: z.string(),
  endsAt: z.string(),
  endedAt: z.string().nullable(),
  endedBy: z.string().nullable(),
});
export type OperatorAccessRow = z.infer<typeof operatorAccessRow>;
export const operatorAccessResponse = z.object({ access: z.array(operatorAccessRow) });
export const operatorAccessRequest = z.object({
  reason: z.string().trim().min(8, 'say in a sentence why').max(500),
  role: z.enum(['viewer', 'admin']).default('viewer'),
  minutes: z.number().int().min(1).max(60).default(60),
});

// ---- who is signed in ------------------------------------------------------------------------------------

const tenantBrief = z.object({ id: z.string(), name: z.string(), mode: z.enum(['pool', 'silo']) });
export type TenantBrief = z.infer<typeof tenantBrief>;

export const meResponse = z.object({
  kind: z.enum(['person', 'token']),
  /** E-mail address of a person, name of a token. */
  email: z.string(),
  operatorRole: operatorRole.nullable(),
  /** What may be done with the installation. */
  instancePermissions: z.array(z.enum(INSTANCE_PERMISSIONS)),
  /** The tenant in force for this request; null when none is named and there is not just one. */
  tenant: tenantBrief
    .extend({
      /** Role in it; null for an operator to whom it is not open. */
      role: z.string().nullable(),
      permissions: z.array(tenantPermission),
      /** When an operator's access ends. */
      until: z.string().nullable(),
    })
    .nullable(),
  /** Tenants this person may act for, in order of name; the first of `tenantCount`. */
  tenants: z.array(tenantBrief),
  tenantCount: z.number(),
  endpoints: z.object({ otlpHttp: z.string(), otlpGrpc: z.string(), ui: z.string() }),
});
export type MeResponse = z.infer<typeof meResponse>;

export const myTenantsRequest = z.object({
  search: z.string().max(200).default('').describe('Part of a name or an id'),
  cursor: z.string().max(400).optional().describe('From an earlier answer'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const myTenantsResponse = z.object({
  tenants: z.array(tenantBrief),
  cursor: z.string().nullable(),
  total: z.number(),
});

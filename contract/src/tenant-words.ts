/** Words of the life of a tenant that the browser needs; apart from the schemas, which would come along. */

/** What a removal does, in order. Each step may be repeated after a kill; the next one begins when it is done. */
export const REMOVAL_STEPS = [
  'waiting',
  'draining',
  'counting',
  'removing',
  'journal',
  'verifying',
  'finishing',
] as const;
export type RemovalStep = (typeof REMOVAL_STEPS)[number];

/** `noisiest`: most records in the last minute first. */
export const TENANT_ORDERS = ['id', 'name', 'created', 'noisiest'] as const;
export type TenantOrder = (typeof TENANT_ORDERS)[number];

import type { z } from 'zod';
import { type InstancePermission, isTenantPermission, type TenantPermission } from '../access/permissions.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** `POST /api/v1/logs/search`; parameters of the path as `:name`. */
export type EndpointId = `${Method} /api/v1/${string}`;

/**
 * What a caller needs. `public`: nothing, not even a credential. `signed-in`: the credential of a person or of a program,
 * for what is about itself; `person`: of a person. All others are asked of the tenant in force or of the installation.
 */
export type Needed = TenantPermission | InstancePermission | 'public' | 'signed-in' | 'person';

/** What a permission is asked of. */
export type AskedOf = 'public' | 'self' | 'tenant' | 'instance';

export function askedOf(needed: Needed): AskedOf {
  if (needed === 'public') return 'public';
  if (needed === 'signed-in' || needed === 'person') return 'self';
  return isTenantPermission(needed) ? 'tenant' : 'instance';
}

/**
 * One entry of the API, as data. The server's handlers are typed by it, the browser's client and the OpenAPI document
 * are derived from it, and the isolation suite attacks it.
 */
export interface Endpoint<
  P extends Needed = Needed,
  I extends z.ZodType = z.ZodType,
  O extends z.ZodType | 'stream' = z.ZodType | 'stream',
> {
  readonly permission: P;
  readonly summary: string;
  /** The union of path parameters, query string and JSON body. */
  readonly input: I;
  /** `stream`: the handler writes chunk by chunk, server-sent events or lines. */
  readonly output: O;
  /** The name of the audit row that is written when it succeeds or is refused; for everything that changes state. */
  readonly audit?: string;
}

/** Keeps the types of one entry. */
export const endpoint = <P extends Needed, I extends z.ZodType, O extends z.ZodType | 'stream'>(
  definition: Endpoint<P, I, O>,
): Endpoint<P, I, O> => definition;

/** The method and the path of an id. */
export function placeOf(id: EndpointId): { readonly method: Method; readonly path: string } {
  const space = id.indexOf(' ');
  return { method: id.slice(0, space) as Method, path: id.slice(space + 1) };
}

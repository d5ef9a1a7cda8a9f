import type { z } from 'zod';
import { ACCESS_ENDPOINTS } from './access.ts';
import { ADMINISTRATION_ENDPOINTS, INSTANCE_ENDPOINTS } from './administration.ts';
import type { Endpoint, EndpointId } from './endpoint.ts';
import { SESSION_ENDPOINTS } from './session.ts';
import { SIGN_IN_ENDPOINTS } from './sign-in.ts';
import { TELEMETRY_ENDPOINTS } from './telemetry.ts';

export {
  type AskedOf,
  askedOf,
  type Endpoint,
  type EndpointId,
  endpoint,
  type Method,
  type Needed,
  placeOf,
} from './endpoint.ts';

/** The whole API: one entry per method and path. */
export const ENDPOINTS = {
  ...SESSION_ENDPOINTS,
  ...SIGN_IN_ENDPOINTS,
  ...TELEMETRY_ENDPOINTS,
  ...ADMINISTRATION_ENDPOINTS,
  ...INSTANCE_ENDPOINTS,
  ...ACCESS_ENDPOINTS,
} as const satisfies Record<EndpointId, Endpoint>;

export type Endpoints = typeof ENDPOINTS;
export type KnownEndpointId = keyof Endpoints;

/** What is sent to an endpoint, and what it answers with as JSON. */
export type InputOf<K extends KnownEndpointId> = z.input<Endpoints[K]['input']>;
export type OutputOf<K extends KnownEndpointId> = Endpoints[K]['output'] extends z.ZodType
  ? z.output<Endpoints[K]['output']>
  : never;

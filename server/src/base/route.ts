import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ENDPOINTS,
  type Endpoint,
  type EndpointId,
  type Endpoints,
  type KnownEndpointId,
  type Method,
  placeOf,
  type TenantPermission,
} from '@hanok/contract';
import type { z } from 'zod';
import type { Caller, Principal } from './principal.ts';

/** Server-sent events or any other streamed answer: the route writes itself, chunk by chunk. */
export interface StreamAnswer {
  readonly contentType: string;
  /** Sent with the answer's head, as for a download. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<string | Uint8Array>;
}

interface Asked<I> {
  readonly input: I;
  readonly requestId: string;
  readonly remote: string;
  /** Aborted when the client goes away or the route's time is up; pass it down to cancel work in the engine. */
  readonly signal: AbortSignal;
  readonly raw: { readonly request: IncomingMessage; readonly response: ServerResponse };
  /** Sets a response header or cookie before the answer is sent. */
  readonly setHeader: (name: string, value: string) => void;
}

/** What the permission that was asked for gives a handler: who asks, and of which tenant. */
type Granted<P> = [P] extends ['public']
  ? unknown
  : [P] extends [TenantPermission]
    ? {
        readonly principal: Principal;
        readonly caller: Caller;
        /** All that the principal may in this tenant, for handlers that give rights on. */
        readonly granted: ReadonlySet<TenantPermission>;
      }
    : { readonly principal: Principal };

/** What a handler is given: only what its endpoint declared. */
export type RouteContext<E extends Endpoint> = Asked<z.output<E['input']>> & Granted<E['permission']>;

/** What every handler in a tenant is given, whatever its input. */
export type TenantContext<I = unknown> = Asked<I> & Granted<TenantPermission>;

export type Answer<E extends Endpoint> = E['output'] extends z.ZodType ? z.output<E['output']> : StreamAnswer;

/**
 * Modules export routes as data; `main` mounts them through `edge`. What is declared of a route is its entry in the
 * contract's list; a handler for something that is not in the list does not compile.
 */
export interface Route {
  readonly id: EndpointId;
  readonly method: Method;
  /** `/api/v1/traces/:traceId` */
  readonly path: string;
  readonly endpoint: Endpoint;
  /** As typed by the endpoint; whoever calls it has checked the input and the permission. */
  readonly handle: (context: never) => Promise<unknown>;
}

/** The handler of an endpoint. */
export function serve<K extends KnownEndpointId>(
  id: K,
  handle: (context: RouteContext<Endpoints[K]>) => Promise<Answer<Endpoints[K]>>,
): Route {
  return routeOf(id, ENDPOINTS[id] as Endpoints[K], handle);
}

/** The handler of an endpoint that is not in the list: for tests of what mounts routes. */
export function routeOf<E extends Endpoint>(
  id: EndpointId,
  endpoint: E,
  handle: (context: RouteContext<E>) => Promise<Answer<E>>,
): Route {
  return Object.freeze({ id, ...placeOf(id), endpoint, handle });
}

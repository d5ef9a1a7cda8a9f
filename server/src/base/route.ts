import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Caller } from './caller.ts';

/**
 * Who may call a route. `public`: anyone. `person`: a signed-in person, no tenant needed. `tenant`: a signed-in
 * person with a tenant in force (an operator names one with `x-hanok-tenant`). `admin`: the same, role admin or
 * operator. `operator`: operators only.
 */
export type Access = 'public' | 'person' | 'tenant' | 'admin' | 'operator';

export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly role: 'operator' | 'admin' | 'member';
}

/** What a handler is given. `caller` is there exactly when the route's access is `tenant` or `admin`. */
export interface RouteContext<I> {
  readonly input: I;
  readonly caller: Caller;
  readonly person: Person | undefined;
  readonly requestId: string;
  readonly remote: string;
  /** Aborted when the client goes away or the route's time is up; pass it down to cancel work in the engine. */
  readonly signal: AbortSignal;
  readonly raw: { readonly request: IncomingMessage; readonly response: ServerResponse };
  /** Sets a response header or cookie before the answer is sent. */
  readonly setHeader: (name: string, value: string) => void;
}

/** Server-sent events or any other streamed answer: the route writes itself, chunk by chunk. */
export interface StreamAnswer {
  readonly contentType: string;
  readonly chunks: AsyncIterable<string | Uint8Array>;
}

/**
 * Modules export routes as data; `main` mounts them through `edge`. Input is the union of path parameters, query
 * string and JSON body, validated by `input`. The OpenAPI document and the isolation suite are made from these.
 */
export interface Route<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/v1/traces/:traceId` */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly input: I;
  readonly output: O | 'stream';
  /** Written to the audit log when it succeeds or is denied; for everything that changes state. */
  readonly audit?: string;
  readonly handle: (context: RouteContext<z.output<I>>) => Promise<z.output<O> | StreamAnswer>;
}

/** Keeps the types of input and handler together when routes are listed in arrays. */
export function route<I extends z.ZodType, O extends z.ZodType>(definition: Route<I, O>): Route {
  return definition as unknown as Route;
}

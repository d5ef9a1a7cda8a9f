import type { InputOf, KnownEndpointId, OutputOf } from '@hanok/contract';
import { callApi } from './client.ts';

export interface AskOptions {
  /** Sent as `x-hanok-tenant`; left out for what is about the person or the installation. */
  readonly tenant?: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Calls an endpoint of the contract: what is sent and what is answered have its types. An input named in the path goes
 * there, the rest into the query string (GET, DELETE) or the body. Throws as `callApi` does.
 */
export function ask<K extends KnownEndpointId>(
  id: K,
  input: InputOf<K>,
  { tenant, signal }: AskOptions = {},
): Promise<OutputOf<K>> {
  const { method, path, rest } = fill(id, input as Readonly<Record<string, unknown>>);
  const inQuery = method === 'GET' || method === 'DELETE';
  return callApi<OutputOf<K>>(path, {
    method,
    ...(tenant === undefined ? {} : { tenant }),
    ...(signal ? { signal } : {}),
    ...(inQuery ? { search: searchOf(rest) } : { body: rest }),
  });
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Exported for its tests. */
export function fill(
  id: string,
  input: Readonly<Record<string, unknown>>,
): { readonly method: Method; readonly path: string; readonly rest: Record<string, unknown> } {
  const space = id.indexOf(' ');
  const rest = { ...input };
  const path = id.slice(space + 1 + '/api/v1'.length).replace(/:(\w+)/g, (_, name: string) => {
    const value = encodeURIComponent(String(rest[name]));
    delete rest[name];
    return value;
  });
  return { method: id.slice(0, space) as Method, path, rest };
}

/** Query strings carry text and numbers; nothing else is declared for them. */
function searchOf(rest: Readonly<Record<string, unknown>>): Record<string, string | number | undefined> {
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      value === undefined || typeof value === 'number' ? value : String(value),
    ]),
  );
}

import type { ApiError as ApiErrorBody } from '@hanok/contract';
import { connection } from './connection.ts';
import { sessionEnded } from './session.ts';

/**
 * A failed call. `code` is what programs match (`query.syntax`, `network`, `http.502`); `message` and `fix` are
 * for people and come from the server.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** Case of the code, and what the message names: the words shown are made from these, where there are any. */
  readonly reason: string | undefined;
  readonly values: Readonly<Record<string, string | number>> | undefined;
  readonly at: string | undefined;
  readonly fix: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  readonly requestId: string | undefined;
  /** The call as a command, without credentials. */
  readonly curl: string;

  constructor(status: number, body: ApiErrorBody['error'], curl: string) {
    super(body.message);
    this.status = status;
    this.code = body.code;
    this.reason = body.reason;
    this.values = body.values;
    this.at = body.at;
    this.fix = body.fix;
    this.retryAfter = body.retryAfter;
    this.requestId = body.requestId;
    this.curl = curl;
  }
}

export interface CallOptions {
  /** Sent as `x-hanok-tenant`; left out for calls that are about the person, not a tenant. */
  readonly tenant?: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly search?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Aborts the call; TanStack Query passes one that fires when the screen is left. */
  readonly signal?: AbortSignal;
}

const BASE = '/api/v1';
/** A refusal here is about the password typed, not about a session. */
const LOGIN = '/login';

export function apiUrl(path: string, search: CallOptions['search'] = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== '') params.set(name, String(value));
  const text = params.toString();
  return `${BASE}${path}${text ? `?${text}` : ''}`;
}

/** Calls the API and reads its JSON. Throws `ApiError`, or an `AbortError` when `signal` fired. */
export async function callApi<T>(path: string, options: CallOptions = {}): Promise<T> {
  const url = apiUrl(path, options.search);
  const method = options.method ?? (options.body === undefined ? 'GET' : 'POST');
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const curl = asCurl(url, method, body, options.tenant);
  let response: Response;
  let text: string;
  const watched = connection.watch();
  try {
    response = await fetch(url, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.tenant ? { 'x-hanok-tenant': options.tenant } : {}),
      },
      ...(body === undefined ? {} : { body }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    text = await response.text();
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    connection.suspect();
    throw new ApiError(0, { code: 'network', message: cause instanceof Error ? cause.message : String(cause) }, curl);
  } finally {
    watched();
  }
  const parsed = parseJson(text);
  tellConnection(response, parsed);
  if (response.ok) return parsed as T;
  const error = new ApiError(response.status, errorBody(parsed, response), curl);
  if (response.status === 401 && path !== LOGIN && !isRightLost(error)) sessionEnded();
  throw error;
}

/** The question was ended because the person's role, or an operator's access, ended meanwhile; they are signed in still. */
export const isRightLost = ({ code, reason }: ApiError): boolean =>
  code === 'edge.session-ended' && reason !== 'session';

/** What a gateway says in the server's place (502, 503 and 504 without an error of ours) is no answer of the server. */
function tellConnection(response: Response, parsed: unknown): void {
  if (response.status >= 502 && response.status <= 504 && !hasErrorBody(parsed)) connection.suspect();
  else connection.answered();
}

function hasErrorBody(parsed: unknown): parsed is ApiErrorBody {
  if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return false;
  const { error } = parsed as ApiErrorBody;
  return typeof error === 'object' && typeof error.code === 'string';
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function errorBody(parsed: unknown, response: Response): ApiErrorBody['error'] {
  if (hasErrorBody(parsed)) return parsed.error;
  const retryAfter = Number(response.headers.get('retry-after'));
  return {
    code: `http.${response.status}`,
    message: `${response.status} ${response.statusText}`.trim(),
    ...(retryAfter > 0 ? { retryAfter } : {}),
  };
}

function asCurl(url: string, method: string, body: string | undefined, tenant: string | undefined): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    `curl ${quote(new URL(url, location.origin).href)}`,
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    `-H 'authorization: Bearer '"$HANOK_TOKEN"`,
    ...(tenant ? [`-H ${quote(`x-hanok-tenant: ${tenant}`)}`] : []),
    ...(body ? [`-H 'content-type: application/json'`, `-d ${quote(body)}`] : []),
  ].join(' \\\n  ');
}

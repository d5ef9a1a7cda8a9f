import type { IncomingMessage } from 'node:http';
import { type Access, type Caller, must, type Person, type RouteContext } from '#base';
import type { Control, Session } from '#control';
import { fail } from '../errors.ts';
import type { EndReason, Principal } from './open-requests.ts';
import { decideSameOrigin } from './same-origin.ts';
import { endSessionCookies, sessionCookie } from './session-cookie.ts';
import { decideTenant, type TenantClaims } from './tenant-in-force.ts';

export interface Identity {
  readonly session: Session;
  readonly person: Person;
  /** Absent for an operator who named no tenant. */
  readonly caller: Caller | undefined;
  readonly principal: Principal;
  /** Decides again, from what is true now, what was decided when the request came. */
  readonly decideAgain: () => Promise<EndReason | undefined>;
}

export interface Asked {
  readonly access: Access;
  readonly method: string;
  /** As in the route table; what the audit log calls the act. */
  readonly path: string;
  /** As it was asked for, without the query: what the audit log names as what it was done to. */
  readonly target: string;
  readonly stream: boolean;
  readonly remote: string;
  readonly requestId: string;
  readonly query: Readonly<Record<string, unknown>>;
}

const BEARER = /^bearer +(\S+) *$/i;
const MUTATING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;

const mayEnter = (access: Access, role: Person['role']): boolean =>
  !((access === 'operator' && role !== 'operator') || (access === 'admin' && role === 'member'));

/** Bearer token or cookie; both only when they are the same. Throws `edge.credential-conflict`. */
function tokenOf(
  request: IncomingMessage,
  cookie: string | undefined,
): { readonly token: string | undefined; readonly fromCookie: boolean } {
  const bearer = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined && cookie !== undefined && bearer !== cookie)
    throw fail('edge.credential-conflict', 'the bearer token and the session cookie are not the same');
  return { token: bearer ?? cookie, fromCookie: bearer === undefined && cookie !== undefined };
}

/** Who asks, and may they? Before the body is read. */
export class PersonAuth {
  readonly #control: Control;
  readonly #publicOrigin: string | undefined;
  readonly #secure: boolean;
  readonly #identities = new WeakMap<IncomingMessage, Identity>();

  /** @param secure people come over TLS */
  constructor(control: Control, publicOrigin: string | undefined, secure: boolean) {
    this.#control = control;
    this.#publicOrigin = publicOrigin;
    this.#secure = secure;
  }

  /** The principal of a request that was admitted to a route which is not public. */
  identityOf(request: IncomingMessage): Identity {
    const identity = this.#identities.get(request);
    must(identity, 'identities are asked for on routes with access control only');
    return identity;
  }

  /** Cookies that end all sessions of a request with two of them; of a host or path that is not ours, too. */
  sessionEndings(request: IncomingMessage): string[] {
    return endSessionCookies((request.url ?? '/').split('?', 1)[0]!, request.headers.host, this.#secure);
  }

  /** Throws the refusal; refusals of known persons are in the audit log. */
  async admit(request: IncomingMessage, asked: Asked): Promise<Identity | undefined> {
    const { access, method } = asked;
    const cookie = sessionCookie(request.headers.cookie, this.#secure);
    if (access === 'public') {
      // Also for login: nobody shall be signed in by a foreign page.
      if (MUTATING.has(method)) this.#refuseCrossSite(request);
      return undefined;
    }
    const { token, fromCookie } = tokenOf(request, cookie);
    const session = token === undefined ? undefined : await this.#control.resolveSession(token);
    if (token === undefined || !session) throw fail('edge.no-session', 'nobody is signed in with this request');
    if (fromCookie && MUTATING.has(method)) this.#refuseCrossSite(request);

    const { person } = session;
    const claims: TenantClaims = {
      'x-hanok-tenant': one(request.headers['x-hanok-tenant']),
      'x-business-id': one(request.headers['x-business-id']),
      tenant: asked.stream && method === 'GET' ? text(asked.query['tenant']) : undefined,
    };
    const decision = decideTenant(session, claims, (id) => this.#control.snapshot().tenant(id));
    if (decision.kind === 'mismatch') {
      this.#deny(session, asked, { code: 'edge.tenant-mismatch', claimed: claims[decision.at]?.slice(0, 64) });
      throw fail('edge.tenant-mismatch', `${decision.at} names a tenant that is not yours`, { at: decision.at });
    }
    if (decision.kind === 'unknown')
      throw fail('edge.unknown-tenant', `${decision.at} names no tenant`, { at: decision.at });

    const { role } = person;
    if (!mayEnter(access, role)) {
      this.#deny(session, asked, { code: 'edge.forbidden' });
      throw fail('edge.forbidden', `this is for ${access === 'operator' ? 'operators' : 'administrators'}`);
    }
    const caller: Caller | undefined =
      decision.kind === 'tenant'
        ? Object.freeze({
            tenant: decision.tenant,
            role,
            actor: Object.freeze({ kind: 'user', id: person.userId }),
          })
        : undefined;
    if (!caller && (access === 'tenant' || access === 'admin'))
      throw fail('edge.tenant-needed', 'no tenant is named', { at: 'x-hanok-tenant' });
    const decideAgain = async (): Promise<EndReason | undefined> => {
      const now = await this.#control.resolveSession(token);
      if (!now) return 'session';
      // The handler was given the old role: with another one, higher or lower, it is another request.
      if (now.person.role !== role || !mayEnter(access, now.person.role)) return 'role';
      const again = decideTenant(now, claims, (id) => this.#control.snapshot().tenant(id));
      return again.kind === decision.kind && (again.kind !== 'tenant' || again.tenant === caller?.tenant)
        ? undefined
        : 'tenant';
    };
    const tenants = [session.tenant, caller?.tenant].filter((tenant) => tenant !== undefined);
    const principal = Object.freeze({
      tokenHash: session.tokenHash,
      userId: person.userId,
      tenants,
      expiresAt: session.expiresAt,
    });
    const identity = Object.freeze({ session, person, caller, principal, decideAgain });
    this.#identities.set(request, identity);
    return identity;
  }

  #refuseCrossSite(request: IncomingMessage): void {
    const { headers } = request;
    const same = decideSameOrigin({
      fetchSite: one(headers['sec-fetch-site']),
      origin: headers.origin,
      host: headers.host,
      publicOrigin: this.#publicOrigin,
    });
    if (!same) throw fail('edge.cross-site', 'the request comes from a page of another site', { at: 'origin' });
  }

  #deny(session: Session, asked: Asked, detail: Readonly<Record<string, unknown>>): void {
    this.#control.audit.denied({
      actor: {
        name: session.person.email,
        tenant: session.tenant ?? null,
        remote: asked.remote,
        requestId: asked.requestId,
        operator: session.person.role === 'operator',
      },
      action: `${asked.method} ${asked.path}`,
      target: asked.target,
      outcome: 'denied',
      detail,
    });
  }
}

function text(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  // A parameter sent twice names no tenant; it must not be taken for absent.
  return typeof value === 'string' ? value : String(value);
}

/** `caller` of a context is typed as present; on routes without a tenant in force it is not. */
export function callerOf(context: RouteContext<unknown>): Caller | undefined {
  return context.caller;
}

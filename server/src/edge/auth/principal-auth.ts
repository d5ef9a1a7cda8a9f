import type { IncomingMessage } from 'node:http';
import {
  askedOf,
  isInstancePermission,
  isTenantPermission,
  type Method,
  type Needed,
  type TenantId,
} from '@hanok/contract';
import { type Caller, must, type Principal } from '#base';
import { type Control, homeOf, type Rights, type TenantRight } from '#control';
import { fail } from '../errors.ts';
import type { EndReason, Holder } from './open-requests.ts';
import { decideSameOrigin } from './same-origin.ts';
import { endSessionCookies, sessionCookie } from './session-cookie.ts';
import { decideTenant, type TenantClaims, type TenantDecision } from './tenant-in-force.ts';

/** Who was let in, to what. */
export interface Identity {
  readonly rights: Rights;
  readonly principal: Principal;
  /** The tenant in force and what may be done in it; absent when none is. */
  readonly inForce: { readonly tenant: TenantId; readonly right: TenantRight } | undefined;
  /** A tenant that an operator named without having its data open. */
  readonly closed: TenantId | undefined;
  /** Present exactly when the endpoint's permission is asked of a tenant, and is there. */
  readonly caller: Caller | undefined;
  readonly holder: Holder;
  /** Decides again, from what is true now, what was decided when the request came. */
  readonly decideAgain: () => Promise<EndReason | undefined>;
}

export interface Asked {
  readonly permission: Needed;
  readonly method: Method;
  /** As in the contract's list; what the audit log calls the act. */
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

/** May somebody with these rights do what needs this, with that tenant in force? */
export function isAllowed(needed: Needed, { principal }: Pick<Rights, 'principal'>, decision: TenantDecision): boolean {
  if (isTenantPermission(needed)) return decision.kind === 'tenant' && decision.right.permissions.has(needed);
  if (isInstancePermission(needed)) return principal.instance.has(needed);
  return needed !== 'person' || principal.kind === 'person';
}

/** Who asks, and may they? Before the body is read. */
export class PrincipalAuth {
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

  /** The identity of a request that was admitted to an endpoint which is not public. */
  identityOf(request: IncomingMessage): Identity {
    const identity = this.#identities.get(request);
    must(identity, 'identities are asked for on endpoints that are not public only');
    return identity;
  }

  /** Cookies that end all sessions of a request with two of them; of a host or path that is not ours, too. */
  sessionEndings(request: IncomingMessage): string[] {
    return endSessionCookies((request.url ?? '/').split('?', 1)[0]!, request.headers.host, this.#secure);
  }

  /** Throws the refusal; refusals of known principals are in the audit log. */
  async admit(request: IncomingMessage, asked: Asked): Promise<Identity | undefined> {
    const { permission, method, remote } = asked;
    const cookie = sessionCookie(request.headers.cookie, this.#secure);
    if (permission === 'public') {
      // Also for login: nobody shall be signed in by a foreign page.
      if (MUTATING.has(method)) this.#refuseCrossSite(request);
      return undefined;
    }
    const { token, fromCookie } = tokenOf(request, cookie);
    const rights = token === undefined ? undefined : await this.#control.resolve(token, remote);
    if (token === undefined || !rights) throw fail('edge.no-session', 'nobody is signed in with this request');
    if (fromCookie && MUTATING.has(method)) this.#refuseCrossSite(request);

    const claims: TenantClaims = {
      'x-hanok-tenant': one(request.headers['x-hanok-tenant']),
      'x-business-id': one(request.headers['x-business-id']),
      tenant: asked.stream && method === 'GET' ? text(asked.query['tenant']) : undefined,
    };
    const find = (id: string) => this.#control.snapshot().tenant(id);
    const decision = decideTenant(rights, claims, find);
    this.#refuseUnless(decision, rights, asked, claims);

    const identity = this.#identityFor(rights, decision, asked.permission, async () => {
      const now = await this.#control.resolve(token, remote);
      if (!now) return 'session';
      const again = decideTenant(now, claims, find);
      if (again.kind !== decision.kind) return 'tenant';
      if (again.kind === 'tenant' && decision.kind === 'tenant') {
        if (again.tenant !== decision.tenant) return 'tenant';
        // Handlers that give rights on were told what was held.
        if (!sameSet(again.right.permissions, decision.right.permissions)) return 'role';
      }
      if (!sameSet(now.principal.instance, rights.principal.instance)) return 'role';
      return isAllowed(permission, now, again) ? undefined : 'role';
    });
    this.#identities.set(request, identity);
    return identity;
  }

  #refuseUnless(decision: TenantDecision, rights: Rights, asked: Asked, claims: TenantClaims): void {
    const { permission } = asked;
    if (decision.kind === 'mismatch') {
      this.#deny(rights, decision, asked, {
        code: 'edge.tenant-mismatch',
        claimed: claims[decision.at]?.slice(0, 64),
      });
      throw fail('edge.tenant-mismatch', `${decision.at} names a tenant that is not yours`, { at: decision.at });
    }
    if (decision.kind === 'unknown')
      throw fail('edge.unknown-tenant', `${decision.at} names no tenant`, { at: decision.at });
    if (askedOf(permission) === 'tenant') {
      if (decision.kind === 'none') throw fail('edge.tenant-needed', 'no tenant is named', { at: 'x-hanok-tenant' });
      if (decision.kind === 'closed') {
        this.#deny(rights, decision, asked, { code: 'edge.access-needed' });
        throw fail('edge.access-needed', "this tenant's data is not open to you", { at: decision.at });
      }
    }
    if (!isAllowed(permission, rights, decision)) {
      this.#deny(rights, decision, asked, { code: 'edge.forbidden', permission });
      throw fail('edge.forbidden', `this needs the permission ${permission}`, { values: { permission } });
    }
  }

  #identityFor(
    rights: Rights,
    decision: TenantDecision,
    permission: Needed,
    decideAgain: Identity['decideAgain'],
  ): Identity {
    const { principal } = rights;
    const inForce = decision.kind === 'tenant' ? decision : undefined;
    const caller: Caller | undefined =
      inForce && isTenantPermission(permission)
        ? Object.freeze({
            tenant: inForce.tenant,
            actor: Object.freeze({ kind: principal.kind, id: principal.id }),
          })
        : undefined;
    const holder: Holder = Object.freeze({
      tokenHash: rights.tokenHash,
      userId: rights.userId,
      tenants: [...new Set([...(inForce ? [inForce.tenant] : []), ...homes(rights)])],
      expiresAt: Math.min(rights.expiresAt, inForce?.right.until ?? rights.expiresAt),
    });
    return Object.freeze({
      rights,
      principal,
      inForce: inForce && { tenant: inForce.tenant, right: inForce.right },
      closed: decision.kind === 'closed' ? decision.tenant : undefined,
      caller,
      holder,
      decideAgain,
    });
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

  #deny(rights: Rights, decision: TenantDecision, asked: Asked, detail: Readonly<Record<string, unknown>>): void {
    const tenant = decision.kind === 'tenant' ? decision.tenant : (homeOf(rights) ?? null);
    this.#control.audit.denied({
      actor: { name: rights.principal.name, tenant, remote: asked.remote, requestId: asked.requestId },
      action: `${asked.method} ${asked.path}`,
      target: asked.target,
      outcome: 'denied',
      detail,
    });
  }
}

/** The tenant that decides, with it being suspended, whether somebody of no other may be in at all. */
const homes = (rights: Rights): readonly TenantId[] => {
  const home = homeOf(rights);
  return home === undefined ? [] : [home];
};

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((one) => b.has(one));

function text(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  // A parameter sent twice names no tenant; it must not be taken for absent.
  return typeof value === 'string' ? value : String(value);
}

import type { JsonWebKey } from 'node:crypto';
import type { TenantId } from '@hanok/contract';
import { type Clock, type ErrorValues, isHanokError } from '#base';
import type { JwtIssuer } from '#control';
import { keysFor, type VerifyKey, verifyKeyOf, verifyKeyOfSecret } from './signature.ts';

/** Asks for a URL that a tenant gave, through the safe fetcher. Rejects with a HanokError. */
export type FetchUrl = (tenant: TenantId, url: string) => Promise<{ readonly status: number; readonly body: Buffer }>;

export interface KeysFault {
  readonly reason: string;
  readonly values?: ErrorValues;
}

interface State {
  readonly revision: number;
  keys: readonly VerifyKey[] | undefined;
  /** Monotonic milliseconds. */
  fetchedAt: number;
  triedAt: number;
  fault: KeysFault | undefined;
  fetching: Promise<void> | undefined;
}

/** After it keys are fetched again while those at hand are used. */
const FRESH_MS = 5 * 60_000;
/** After it what is fetched is waited for: a key that the issuer withdrew is refused by then. */
const WAIT_MS = 10 * 60_000;
/** An issuer that is away this long has no keys any more. */
const STALE_MS = 24 * 3_600_000;
/** Whatever tokens come, an issuer is asked no more often. */
const AGAIN_MS = 30_000;
const MOST_KEYS = 100;
const DISCOVERY = '/.well-known/openid-configuration';

class Unusable extends Error {
  readonly fault: KeysFault;
  constructor(fault: KeysFault) {
    super(fault.reason);
    this.fault = fault;
  }
}

/** Keys of issuers: what a person gave, or what the issuer publishes, fetched when a token wants it. */
export class IssuerKeys {
  readonly #fetch: FetchUrl;
  readonly #clock: Clock;
  readonly #exists: (id: string) => boolean;
  readonly #states = new Map<string, State>();

  /** `exists`: is there still such an issuer? What is kept of others is forgotten. */
  constructor(fetch: FetchUrl, clock: Clock, exists: (id: string) => boolean) {
    this.#fetch = fetch;
    this.#clock = clock;
    this.#exists = exists;
  }

  /** Keys that a token with this algorithm and key id may be signed with; a fault when there are none. */
  async find(issuer: JwtIssuer, alg: string, kid: string | undefined): Promise<readonly VerifyKey[] | KeysFault> {
    const state = this.#stateOf(issuer);
    const remote = issuer.source === 'discovery' || issuer.source === 'jwks';
    const now = this.#clock.monotonic();
    const age = now - state.fetchedAt;
    if (remote && state.keys && age >= STALE_MS) state.keys = undefined;
    let found = keysFor(state.keys ?? [], alg, kid);
    if (remote) {
      const due = !state.keys || found.length === 0 || age >= FRESH_MS;
      if (due && !state.fetching && now - state.triedAt >= AGAIN_MS) this.#begin(state, issuer, now);
      if (state.fetching && (found.length === 0 || age >= WAIT_MS)) {
        await state.fetching;
        found = keysFor(state.keys ?? [], alg, kid);
      }
    }
    if (found.length > 0) return found;
    if (!state.keys && state.fault) return state.fault;
    return { reason: 'no-key', ...(kid === undefined ? {} : { values: { kid } }) };
  }

  #begin(state: State, issuer: JwtIssuer, now: number): void {
    state.triedAt = now;
    state.fetching = this.#fetchKeys(issuer)
      .then(
        (keys) => {
          state.keys = keys;
          state.fetchedAt = this.#clock.monotonic();
          state.fault = undefined;
        },
        (error: unknown) => {
          state.fault = faultOf(error);
        },
      )
      .finally(() => {
        state.fetching = undefined;
      });
  }

  #stateOf(issuer: JwtIssuer): State {
    const known = this.#states.get(issuer.id);
    if (known?.revision === issuer.revision) return known;
    for (const id of this.#states.keys()) if (!this.#exists(id)) this.#states.delete(id);
    const given =
      issuer.source === 'secret' && issuer.secret !== undefined
        ? [verifyKeyOfSecret(Buffer.from(issuer.secret, 'utf8'))]
        : issuer.source === 'static'
          ? issuer.keys.flatMap((jwk) => verifyKeyOf(jwk) ?? [])
          : undefined;
    const never = Number.NEGATIVE_INFINITY;
    const state: State = {
      revision: issuer.revision,
      keys: given,
      fetchedAt: never,
      triedAt: never,
      fault: undefined,
      fetching: undefined,
    };
    this.#states.set(issuer.id, state);
    return state;
  }

  async #fetchKeys(issuer: JwtIssuer): Promise<readonly VerifyKey[]> {
    const tenant = issuer.tenant.id;
    let url = issuer.jwksUrl;
    if (issuer.source === 'discovery') {
      const description = await this.#json(tenant, `${issuer.issuer.replace(/\/$/, '')}${DISCOVERY}`);
      // Who describes itself as somebody else is not the issuer (OpenID Connect Discovery §4.3).
      if (description['issuer'] !== issuer.issuer) throw new Unusable({ reason: 'issuer-differs' });
      if (typeof description['jwks_uri'] !== 'string') throw new Unusable({ reason: 'no-jwks-uri' });
      url = description['jwks_uri'];
    }
    const set = await this.#json(tenant, url ?? '');
    if (!Array.isArray(set['keys'])) throw new Unusable({ reason: 'no-key-set' });
    const keys = set['keys']
      .slice(0, MOST_KEYS)
      .flatMap((one: unknown) =>
        typeof one === 'object' && one !== null ? (verifyKeyOf(one as JsonWebKey) ?? []) : [],
      );
    if (keys.length === 0) throw new Unusable({ reason: 'no-usable-key' });
    return keys;
  }

  async #json(tenant: TenantId, url: string): Promise<Readonly<Record<string, unknown>>> {
    const { status, body } = await this.#fetch(tenant, url);
    if (status !== 200) throw new Unusable({ reason: 'status', values: { status } });
    let value: unknown;
    try {
      value = JSON.parse(body.toString('utf8'));
    } catch {
      throw new Unusable({ reason: 'not-json' });
    }
    if (typeof value !== 'object' || value === null) throw new Unusable({ reason: 'not-json' });
    return value as Record<string, unknown>;
  }
}

function faultOf(error: unknown): KeysFault {
  if (error instanceof Unusable) return error.fault;
  if (isHanokError(error))
    return {
      reason: error.reason === undefined ? error.code : `${error.code}.${error.reason}`,
      ...(error.values === undefined ? {} : { values: error.values }),
    };
  throw error;
}

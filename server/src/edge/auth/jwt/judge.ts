import { hash } from 'node:crypto';
import type { TenantId } from '@hanok/contract';
import type { Clock } from '#base';
import type { JwtIssuer, Snapshot } from '#control';
import { claimAt, decideClaims, type Fault, namesAudience } from './claims.ts';
import { type FetchUrl, IssuerKeys } from './issuer-keys.ts';
import { isSigned } from './signature.ts';
import { readToken, type Token } from './token.ts';
import { VerifiedTokens } from './verified.ts';

export type Verdict =
  | { readonly ok: true; readonly issuer: JwtIssuer; readonly expiresAt: number }
  | {
      readonly ok: false;
      readonly fault: Fault;
      /** Whose settings the token was held against. */
      readonly issuer: JwtIssuer | undefined;
    };

/** Until when a verified token needs no second look, unless it expires before. */
const REMEMBERED_MS = 60_000;

/** Everything that is known of tokens. What a tenant's settings are is asked of the snapshot every time, never kept. */
export class TokenJudge {
  readonly #snapshot: () => Snapshot;
  readonly #clock: Clock;
  readonly #keys: IssuerKeys;
  readonly #verified = new VerifiedTokens();
  readonly #underWay = new Map<string, Promise<Verdict>>();

  constructor(snapshot: () => Snapshot, clock: Clock, fetch: FetchUrl) {
    this.#snapshot = snapshot;
    this.#clock = clock;
    this.#keys = new IssuerKeys(fetch, clock, (id) => snapshot().jwtIssuer(id) !== undefined);
  }

  /** Tokens that are remembered. */
  get remembered(): number {
    return this.#verified.size;
  }

  /** The issuer of a token that was verified lately, by settings that are in force still. Synchronous, for the hot path. */
  known(text: string): JwtIssuer | undefined {
    const key = hashOf(text);
    const verified = this.#verified.get(key, this.#clock.now());
    if (!verified) return undefined;
    const issuer = this.#snapshot().jwtIssuer(verified.issuer);
    if (issuer?.revision === verified.revision) return issuer;
    this.#verified.delete(key);
    return undefined;
  }

  /** `named`: the tenant that the sender says it speaks for; it decides where a token would do for several. */
  judge(text: string, named: string | undefined): Promise<Verdict> {
    const key = `${hashOf(text)} ${named ?? ''}`;
    let verdict = this.#underWay.get(key);
    if (!verdict) {
      verdict = this.#judge(text, named).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, verdict);
    }
    return verdict;
  }

  /** The same for one tenant's issuers alone, remembering nothing. */
  async test(tenant: TenantId, text: string): Promise<Verdict> {
    const token = readToken(text);
    if (typeof token === 'string') return refused('form', token);
    const [issuer] = this.#issuersOf(token).filter((one) => one.tenant.id === tenant);
    return issuer ? this.#held(token, issuer) : unknownIssuer(token);
  }

  async #judge(text: string, named: string | undefined): Promise<Verdict> {
    const token = readToken(text);
    if (typeof token === 'string') return refused('form', token);
    const issuer = choose(this.#issuersOf(token), token, named);
    if (!issuer) return unknownIssuer(token);
    const verdict = await this.#held(token, issuer);
    if (verdict.ok) {
      const until = Math.min(verdict.expiresAt, this.#clock.now() + REMEMBERED_MS);
      this.#verified.put(hashOf(text), { issuer: issuer.id, revision: issuer.revision, until });
    }
    return verdict;
  }

  #issuersOf({ claims }: Token): readonly JwtIssuer[] {
    const iss = claims['iss'];
    return typeof iss === 'string' ? this.#snapshot().jwtIssuersOf(iss) : [];
  }

  async #held(token: Token, issuer: JwtIssuer): Promise<Verdict> {
    const { alg, kid, claims } = token;
    const no = (fault: Fault): Verdict => ({ ok: false, fault, issuer });
    if (!issuer.algorithms.some((one) => one === alg))
      return no({ step: 'algorithm', reason: 'not-allowed', values: { alg: alg.slice(0, 32) } });
    const keys = await this.#keys.find(issuer, alg, kid);
    if ('reason' in keys) return no({ step: 'keys', ...keys });
    if (!(await isSigned(token.text, alg, keys))) return no({ step: 'signature', reason: 'wrong' });
    const fault = decideClaims(claims, issuer, this.#clock.now());
    return fault ? no(fault) : { ok: true, issuer, expiresAt: Number(claims['exp']) * 1_000 };
  }
}

const hashOf = (text: string): string => hash('sha256', text, 'base64');

const refused = (step: Fault['step'], reason: string): Verdict => ({
  ok: false,
  fault: { step, reason },
  issuer: undefined,
});

function unknownIssuer({ claims }: Token): Verdict {
  const iss = claims['iss'];
  const fault: Fault =
    typeof iss === 'string'
      ? { step: 'issuer', reason: 'unknown', values: { iss: iss.slice(0, 300) } }
      : { step: 'issuer', reason: 'missing' };
  return { ok: false, fault, issuer: undefined };
}

/**
 * Which of several tenants' settings for one `iss` a token is held against. The claim of the tenant decides, then the
 * audience, then what the sender named. What would still do for two is for neither: a tenant that sets up the issuer of
 * another one with another claim must not receive what is not its own.
 */
export function choose(issuers: readonly JwtIssuer[], token: Token, named: string | undefined): JwtIssuer | undefined {
  if (issuers.length < 2) return issuers[0];
  let left = issuers.filter((one) => claimAt(token.claims, one.tenantClaim) === one.tenant.id);
  if (left.length > 1) left = left.filter((one) => namesAudience(token.claims, one.audiences));
  if (left.length > 1) left = left.filter((one) => one.tenant.id === named);
  return left.length === 1 ? left[0] : undefined;
}

/** Did the issuer's own key sign what was refused? Then its owner is told why. */
export const isSignedButRefused = ({ step }: Fault): boolean =>
  step === 'expiry' || step === 'not-before' || step === 'audience' || step === 'claims' || step === 'tenant';

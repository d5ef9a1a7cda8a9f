import type { JwtStep } from '@hanok/contract';
import type { ErrorValues } from '#base';
import type { JwtIssuer } from '#control';

/** Why a token is refused: the step at which it failed, and a stable code. */
export interface Fault {
  readonly step: JwtStep;
  readonly reason: string;
  readonly values?: ErrorValues;
}

type Claims = Readonly<Record<string, unknown>>;

/** A claim by its name; when there is none of exactly that name, by its path with dots between. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let at: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** Does `aud`, a text or a list, name one of those? */
export function namesAudience(claims: Claims, audiences: readonly string[]): boolean {
  const aud = claims['aud'];
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.some((one) => typeof one === 'string' && audiences.includes(one));
}

const seconds = (claim: unknown): number | undefined =>
  typeof claim === 'number' && Number.isFinite(claim) ? claim * 1_000 : undefined;

/**
 * What a token whose signature is good says, held against what its issuer's settings ask for. Pure; `now` in Unix
 * milliseconds. The tenant comes last: what fails before it is the sender's own fault and names nobody.
 */
export function decideClaims(claims: Claims, issuer: JwtIssuer, now: number): Fault | undefined {
  const expiry = seconds(claims['exp']);
  if (expiry === undefined) return { step: 'expiry', reason: 'missing' };
  const late = now - expiry;
  if (late >= issuer.leewayMs)
    return { step: 'expiry', reason: 'expired', values: { seconds: Math.floor(late / 1_000) } };
  if (claims['nbf'] !== undefined) {
    const begin = seconds(claims['nbf']);
    if (begin === undefined) return { step: 'not-before', reason: 'unreadable' };
    if (begin - now > issuer.leewayMs)
      return { step: 'not-before', reason: 'too-early', values: { seconds: Math.ceil((begin - now) / 1_000) } };
  }
  if (claims['aud'] === undefined) return { step: 'audience', reason: 'missing' };
  if (!namesAudience(claims, issuer.audiences)) return { step: 'audience', reason: 'other' };
  for (const { claim, value } of issuer.requiredClaims) {
    const found = claimAt(claims, claim);
    if (found === undefined || found === null) return { step: 'claims', reason: 'missing', values: { claim } };
    if (
      value !== undefined &&
      !(Array.isArray(found) ? found : [found]).some((one) => isText(one) && String(one) === value)
    )
      return { step: 'claims', reason: 'other', values: { claim } };
  }
  const tenant = claimAt(claims, issuer.tenantClaim);
  const values = { claim: issuer.tenantClaim };
  if (tenant === undefined) return { step: 'tenant', reason: 'missing', values };
  return tenant === issuer.tenant.id ? undefined : { step: 'tenant', reason: 'other', values };
}

const isText = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

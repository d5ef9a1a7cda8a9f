import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { compactVerify, errors } from 'jose';

/** A key with what it says of itself. */
export interface VerifyKey {
  readonly kid: string | undefined;
  /** Algorithms that may be used with it. */
  readonly algorithms: ReadonlySet<string>;
  readonly key: KeyObject;
}

const LEAST_RSA_BITS = 2_048;
const CURVES: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const HMAC = ['HS256', 'HS384', 'HS512'] as const;
/** Keys that are tried with one token: of a set without key ids there may be several of a kind. */
const MOST_TRIED = 8;

/** The key of a JWK that is for checking signatures; undefined for all others: secret, weak, for something else, malformed. */
export function verifyKeyOf(jwk: JsonWebKey): VerifyKey | undefined {
  const { kty, crv, kid, alg, use, key_ops: operations } = jwk as Record<string, unknown>;
  if (use !== undefined && use !== 'sig') return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  const possible: readonly string[] =
    kty === 'RSA'
      ? RSA
      : kty === 'EC' && typeof crv === 'string' && Object.hasOwn(CURVES, crv)
        ? [CURVES[crv]!]
        : kty === 'OKP' && crv === 'Ed25519'
          ? ['EdDSA']
          : [];
  const own = alg === 'Ed25519' ? 'EdDSA' : alg;
  const algorithms = own === undefined ? possible : possible.filter((one) => one === own);
  if (algorithms.length === 0) return undefined;
  try {
    const { n, e, x, y } = jwk;
    // Nothing but the public part, whatever the set has besides.
    const part =
      kty === 'RSA' ? { kty: 'RSA', n, e } : kty === 'EC' ? { kty: 'EC', crv, x, y } : { kty: 'OKP', crv, x };
    const key = createPublicKey({ key: part as JsonWebKey, format: 'jwk' });
    if (kty === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS) return undefined;
    return { kid: typeof kid === 'string' ? kid : undefined, algorithms: new Set(algorithms), key };
  } catch {
    return undefined;
  }
}

export const verifyKeyOfSecret = (secret: Buffer): VerifyKey => ({
  kid: undefined,
  algorithms: new Set(HMAC),
  key: createSecretKey(secret),
});

/**
 * Keys that a token may be signed with. A key without an id fits every token: keys that a person pasted have none. With an
 * id it is for tokens that name it, and for those that name none.
 */
export function keysFor(keys: readonly VerifyKey[], alg: string, kid: string | undefined): readonly VerifyKey[] {
  const fitting = keys.filter((one) => one.algorithms.has(alg));
  const named = kid === undefined ? [] : fitting.filter((one) => one.kid === kid);
  if (named.length > 0) return named.slice(0, MOST_TRIED);
  return (kid === undefined ? fitting : fitting.filter((one) => one.kid === undefined)).slice(0, MOST_TRIED);
}

/** Is the text signed with one of the keys, by exactly that algorithm? */
export async function isSigned(text: string, alg: string, keys: readonly VerifyKey[]): Promise<boolean> {
  for (const { key } of keys) {
    try {
      await compactVerify(text, key, { algorithms: [alg] });
      return true;
    } catch (error) {
      // A key that turns out not to fit is no fault of ours either: what it would say of the token is no.
      if (!(error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException))
        throw error;
    }
  }
  return false;
}

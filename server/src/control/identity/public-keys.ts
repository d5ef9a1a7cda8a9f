import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { fail } from '../errors.ts';

const MOST_KEYS = 20;
const LEAST_RSA_BITS = 2_048;
const CURVES: ReadonlySet<string> = new Set(['P-256', 'P-384', 'P-521', 'Ed25519']);
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;
/** Members of a JWK that are secret (RFC 7518 §6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

const wrong = (reason: string, message: string) => fail('control.invalid-jwt-issuer', message, { at: 'keys', reason });

/**
 * Public keys as a person pastes them, a JWK, a JWK set, or PEM, as a JWK set with nothing in it but what a signature is
 * checked with. A private key is refused and not kept. Throws `control.invalid-jwt-issuer`.
 */
export function readPublicKeys(text: string): readonly JsonWebKey[] {
  const keys = text.trimStart().startsWith('{') ? fromJson(text) : fromPem(text);
  if (keys.length === 0) throw wrong('keys-missing', 'there is no key in the text');
  if (keys.length > MOST_KEYS) throw wrong('keys-unreadable', `there are more than ${MOST_KEYS} keys`);
  return keys;
}

function fromJson(text: string): JsonWebKey[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw wrong('keys-unreadable', 'the keys are not JSON');
  }
  const list = isObject(parsed) && Array.isArray(parsed['keys']) ? parsed['keys'] : [parsed];
  return list.map((one: unknown) => {
    if (!isObject(one)) throw wrong('keys-unreadable', 'a key is no object');
    if (PRIVATE_MEMBERS.some((member) => member in one)) throw wrong('key-private', 'a key is private or a secret');
    if (one['use'] !== undefined && one['use'] !== 'sig') throw wrong('key-kind', 'a key is not for signatures');
    let key: KeyObject;
    try {
      key = createPublicKey({ key: one as JsonWebKey, format: 'jwk' });
    } catch {
      throw wrong('keys-unreadable', 'a JWK cannot be read');
    }
    const text = (name: 'kid' | 'alg') => (typeof one[name] === 'string' ? { [name]: one[name] } : {});
    return { ...checked(key), ...text('kid'), ...text('alg') };
  });
}

function fromPem(text: string): JsonWebKey[] {
  return [...text.matchAll(PEM)].map(([pem, label]) => {
    if (label?.includes('PRIVATE')) throw wrong('key-private', 'a key is private');
    try {
      return checked(createPublicKey(pem));
    } catch (error) {
      if (error instanceof Error && error.name === 'HanokError') throw error;
      throw wrong('keys-unreadable', 'a key in PEM cannot be read');
    }
  });
}

function checked(key: KeyObject): JsonWebKey {
  if (key.asymmetricKeyType === 'rsa') {
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS)
      throw wrong('key-weak', `an RSA key has fewer than ${LEAST_RSA_BITS} bits`);
    return key.export({ format: 'jwk' });
  }
  if (key.asymmetricKeyType !== 'ec' && key.asymmetricKeyType !== 'ed25519')
    throw wrong('key-kind', 'a key is neither RSA nor EC nor Ed25519');
  const jwk = key.export({ format: 'jwk' });
  if (!CURVES.has(jwk.crv ?? '')) throw wrong('key-kind', 'a key is of a curve that is not used in tokens');
  return jwk;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

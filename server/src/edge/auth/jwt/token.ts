/** A JSON Web Token in compact form (RFC 7515 §7.1), taken apart and not yet believed. */
export interface Token {
  readonly text: string;
  readonly alg: string;
  readonly kid: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

export type FormFault = 'too-long' | 'segments' | 'encoding' | 'header' | 'payload' | 'critical' | 'type' | 'unsigned';

const MOST_TOKEN = 8_192;
const MOST_KID = 256;
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
/** Kinds of tokens that say who somebody is or what they may (RFC 8725 §3.11). Others are signed with the same keys. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt']);
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Ingest keys have no dot, so that a credential is seen to be a token by its form alone. */
export const hasTokenForm = (text: string): boolean => FORM.test(text);

/**
 * Reads a token strictly: one spelling for one token, so that a token has one place in a cache, and nothing in its header
 * that asks to be understood. Keys that the header brings along (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
 */
export function readToken(text: string): Token | FormFault {
  if (text.length > MOST_TOKEN) return 'too-long';
  const segments = text.split('.');
  if (segments.length !== 3) return 'segments';
  const bytes: Buffer[] = [];
  for (const segment of segments) {
    const decoded = Buffer.from(segment, 'base64url');
    // Node forgives other letters, padding and bits beyond the last byte.
    if (decoded.toString('base64url') !== segment) return 'encoding';
    bytes.push(decoded);
  }
  const [first, second, signature] = bytes as [Buffer, Buffer, Buffer];
  const header = readObject(first);
  if (!header || typeof header['alg'] !== 'string') return 'header';
  const { alg, kid, typ } = header;
  // With `b64` the payload means something else (RFC 7797); with `crit` the sender asks for what nobody here knows.
  if ('crit' in header || 'b64' in header) return 'critical';
  if (alg.toLowerCase() === 'none' || signature.length === 0) return 'unsigned';
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.has(typ.toLowerCase().replace(/^application\//, ''))))
    return 'type';
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MOST_KID)) return 'header';
  const claims = readObject(second);
  return claims ? { text, alg, kid, claims } : 'payload';
}

function readObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(UTF8.decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

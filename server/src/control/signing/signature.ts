import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

/**
 * What a signature is for. It is signed with the text, so that a signature of one kind of document is none of another.
 */
export type SigningPurpose = 'audit-checkpoint' | 'tenant-deletion';

/** The bytes that are signed: `hanok NAME LF text`, in UTF-8. */
const message = (purpose: SigningPurpose, text: string): Uint8Array => Buffer.from(`hanok ${purpose}\n${text}`);

/** Ed25519 (RFC 8032) as base64url. */
export const signText = (key: KeyObject, purpose: SigningPurpose, text: string): string =>
  sign(null, message(purpose, text), key).toString('base64url');

/** False for whatever is no signature of `text` by `publicKey` (SPKI as PEM), be it the wrong shape altogether. */
export function verifyText(publicKey: string, purpose: SigningPurpose, text: string, signature: string): boolean {
  try {
    const key = createPublicKey(publicKey);
    return (
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, message(purpose, text), key, Buffer.from(signature, 'base64url'))
    );
  } catch {
    return false;
  }
}

/** A key's id follows from the key: the first 128 bits of SHA-256 over its SPKI in DER, in hexadecimal. */
export function keyIdOf(publicKey: string): string {
  const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
  return hash('sha256', der).slice(0, 32);
}

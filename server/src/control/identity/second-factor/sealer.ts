import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '../../errors.ts';
import { placeOnce, readIfThere } from '../../signing/key-file.ts';
import type { RandomBytes } from '../secret.ts';

/** AES-256-GCM with a random nonce of 96 bits (NIST SP 800-38D); a key seals a handful of secrets per person. */
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const sealingKeyPath = (dataDir: string): string => join(dataDir, 'second-factor', 'key');

/**
 * Keeps secrets that must be read again (an authenticator app's) out of copies of the database: the key lies in the data
 * directory alone. Processes on one database need the same file.
 */
export interface Sealer {
  /** `context`: whose it is; what was sealed for somebody cannot be opened for somebody else. */
  seal(secret: Uint8Array, context: string): string;
  /** Throws `control.sealed-elsewhere` when it was sealed with another key. */
  open(sealed: string, context: string): Buffer;
}

export function openSealer(dataDir: string, random: RandomBytes): Sealer {
  const path = sealingKeyPath(dataDir);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (readIfThere(path) === undefined)
    placeOnce(path, `${Buffer.from(random(KEY_BYTES)).toString('base64url')}\n`, 0o600);
  const key = Buffer.from((readIfThere(path) ?? '').trim(), 'base64url');
  if (key.length !== KEY_BYTES) throw fail('control.sealed-elsewhere', `${path} does not hold a key`);
  const keyId = hash('sha256', key, 'base64url').slice(0, 8);
  return {
    seal(secret, context) {
      const nonce = Buffer.from(random(NONCE_BYTES));
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
      return `${keyId}.${sealed.toString('base64url')}`;
    },
    open(text, context) {
      const [id, sealed = ''] = text.split('.');
      if (id !== keyId)
        throw fail('control.sealed-elsewhere', 'a secret was sealed with the key of another data directory');
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    },
  };
}

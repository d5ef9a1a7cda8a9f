import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RandomBytes } from '../identity/secret.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  /** SPKI as PEM. */
  readonly publicKey: string;
}

/** PKCS #8 of an Ed25519 key (RFC 8410, section 7) up to its 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export const privateKeyPath = (dataDir: string): string => join(dataDir, 'signing', 'private.pem');
/** For `--public-key`, and to be kept where the database's administrators cannot write. */
export const publicKeyPath = (dataDir: string): string => join(dataDir, 'signing', 'public.pem');

/** The data directory's key, made when there is none. The private half has mode 0600 and never leaves its file. */
export function openKeyFile(dataDir: string, random: RandomBytes): KeyPair {
  const path = privateKeyPath(dataDir);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let text = readIfThere(path);
  if (text === undefined) {
    const made = createPrivateKey({
      key: Buffer.concat([PKCS8_PREFIX, random(32)]),
      format: 'der',
      type: 'pkcs8',
    }).export({ type: 'pkcs8', format: 'pem' });
    placeOnce(path, made as string, 0o600);
    text = readFileSync(path, 'utf8');
  }
  const privateKey = createPrivateKey(text);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string;
  if (readIfThere(publicKeyPath(dataDir)) !== publicKey) {
    rmSync(publicKeyPath(dataDir), { force: true });
    placeOnce(publicKeyPath(dataDir), publicKey, 0o644);
  }
  return { privateKey, publicKey };
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole and durable, or not there at all; what is there already stays, so that two at one moment agree on one. */
export function placeOnce(path: string, text: string, mode: number): void {
  const aside = `${path}.${process.pid}`;
  rmSync(aside, { force: true });
  const file = openSync(aside, 'wx', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside);
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

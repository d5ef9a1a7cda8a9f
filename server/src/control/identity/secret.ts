import { hash } from 'node:crypto';

/** Randomness is passed in, so that tests can foresee it. Cryptographically secure in the instance. */
export type RandomBytes = (size: number) => Uint8Array;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** Ids are not secret: 80 bits keep them from being guessed or met twice. */
export const makeId = (kind: 'u' | 'k' | 'r' | 'sa' | 't' | 'oa' | 'ji' | 'cert' | 'l', random: RandomBytes): string =>
  `${kind}_${Buffer.from(random(10)).toString('hex')}`;

/** 256 bits; the fixed beginning lets secret scanners know them. */
export const makeIngestKey = (random: RandomBytes): string => `hk_${text(random(32))}`;
export const makeSessionToken = (random: RandomBytes): string => `hs_${text(random(32))}`;
export const makeApiToken = (random: RandomBytes): string => `ht_${text(random(32))}`;
/** The secret of a link for one use. */
export const makeLinkSecret = (random: RandomBytes): string => `hl_${text(random(32))}`;
/** The token of somebody whose password was right and who has a second step to do. */
export const makeHalfToken = (random: RandomBytes): string => `hf_${text(random(32))}`;
/** 144 bits in 24 characters that can be typed and pasted into a shell unquoted. */
export const makePassword = (random: RandomBytes): string => text(random(18));

/** Shown in lists to recognise a key by; 48 of its 256 bits. */
export const keyPrefix = (key: string): string => key.slice(0, 11);

/** How keys and tokens are kept. They have full entropy, so one round of SHA-256 is enough. */
export const digest = (secret: string): string => hash('sha256', secret, 'base64url');

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RandomBytes } from './secret.ts';

/**
 * Known devices, as in OWASP's "Slow Down Online Guessing Attacks with Device Cookies": who signs in is given a mark for
 * the device, and the next time attempts with that mark are counted for the device alone. What strangers do to the account,
 * or from the same address, then holds the person up no longer.
 *
 * A mark is `nonce.issued.mac`: 128 random bits and an HMAC-SHA-256 in base64url, the instant in base 36. The key of the
 * HMAC is the person's stored password hash. So nothing further is to be kept secret, a mark is good for one person only,
 * and a new password ends all marks. A mark opens nothing: whoever has stolen one still has to guess the password, and
 * guesses with it are counted.
 */
export interface MarkedPerson {
  readonly id: string;
  readonly passwordHash: string;
}

const MARK = /^([\w-]{22})\.([0-9a-z]{1,10})\.([\w-]{43})$/;
const NONCE_BYTES = 16;
/** A device that was not used to sign in for so long is a stranger again. */
export const DEVICE_LIFETIME_MS = 180 * 86_400_000;
/** People who sign in on one device: marks that are looked at and given back. */
export const MOST_MARKS = 8;

/** As long as a real one, so that marks for an address that nobody has take the same time. */
const NOBODY: MarkedPerson = {
  id: `u_${'0'.repeat(20)}`,
  passwordHash: `scrypt$15$8$3$${'A'.repeat(22)}$${'A'.repeat(43)}`,
};

function macOf(person: MarkedPerson, nonce: string, issued: string): Buffer {
  return createHmac('sha256', person.passwordHash).update(`device\n${person.id}\n${nonce}\n${issued}`).digest();
}

export function makeMark(person: MarkedPerson, now: number, random: RandomBytes): string {
  const nonce = Buffer.from(random(NONCE_BYTES)).toString('base64url');
  const issued = now.toString(36);
  return `${nonce}.${issued}.${macOf(person, nonce, issued).toString('base64url')}`;
}

/** Is it of the form of a mark, and so fit to be given back in a cookie? */
export const isMark = (text: string): boolean => MARK.test(text);

/** The mark among these that was made for the person; its nonce names the device. */
export function findMark(
  marks: readonly string[],
  person: MarkedPerson | undefined,
  now: number,
): { readonly mark: string; readonly device: string } | undefined {
  let found: { readonly mark: string; readonly device: string } | undefined;
  for (const mark of marks.slice(0, MOST_MARKS)) {
    const [, nonce = '', issued = '', mac = ''] = MARK.exec(mark) ?? [];
    const right = macOf(person ?? NOBODY, nonce, issued);
    const given = Buffer.from(mac, 'base64url');
    const fresh = now - Number.parseInt(issued, 36) < DEVICE_LIFETIME_MS;
    if (given.length === right.length && timingSafeEqual(given, right) && fresh && person)
      found ??= { mark, device: nonce };
  }
  return found;
}

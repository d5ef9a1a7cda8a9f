import { createHmac, timingSafeEqual } from 'node:crypto';

/** RFC 6238 as authenticator apps take it: SHA-1, six digits, steps of 30 seconds. */
export const STEP_MS = 30_000;
const DIGITS = 6;
/** RFC 4226, section 4: 160 bits are recommended. */
export const SECRET_BYTES = 20;
/** Clocks differ, and typing takes a while: the step before and the one after are taken too. */
const AROUND = 1;

export const stepAt = (now: number): number => Math.floor(now / STEP_MS);

/** RFC 4226, section 5.3. */
export function codeOf(secret: Uint8Array, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac[mac.length - 1]! & 15;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** The step whose code it is, when it is none that was used or passed before; undefined otherwise. */
export function decideTotp(secret: Uint8Array, code: string, now: number, lastStep: number): number | undefined {
  const given = Buffer.from(code.replace(/\s/g, ''));
  let found: number | undefined;
  for (let step = stepAt(now) - AROUND; step <= stepAt(now) + AROUND; step++) {
    const right = Buffer.from(codeOf(secret, step));
    if (given.length === right.length && timingSafeEqual(given, right) && step > lastStep) found ??= step;
  }
  return found;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648, section 6, without padding. */
export function base32(bytes: Uint8Array): string {
  let [text, bits, held] = ['', 0, 0];
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
    }
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}

/** The address that authenticator apps read from a QR code. */
export function totpUri(secret: string, account: string): string {
  const label = encodeURIComponent(`Hanok:${account}`);
  return `otpauth://totp/${label}?secret=${secret}&issuer=Hanok&algorithm=SHA1&digits=${DIGITS}&period=${STEP_MS / 1_000}`;
}

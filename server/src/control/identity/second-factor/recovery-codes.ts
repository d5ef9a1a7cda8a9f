import type { Transaction } from 'kysely';
import type { Schema } from '../../schema.ts';
import { digest, type RandomBytes } from '../secret.ts';
import { base32 } from './totp.ts';

const COUNT = 10;
/** 80 bits: guessing is hopeless, so that one round of SHA-256 keeps them well enough. */
const BYTES = 10;

/** How people may type them: with or without dashes and spaces, in either case. */
const plain = (code: string): string => code.toUpperCase().replace(/[^A-Z2-7]/g, '');
const hashOf = (userId: string, code: string): string => digest(`${userId} ${plain(code)}`);

/** In place of all that the person has. Returns them as they are shown, once: `ABCD-EFGH-IJKL-MNOP`. */
export async function replaceRecoveryCodes(
  transaction: Transaction<Schema>,
  userId: string,
  random: RandomBytes,
): Promise<string[]> {
  await transaction.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  const codes = Array.from({ length: COUNT }, () => base32(random(BYTES)).replace(/(.{4})(?=.)/g, '$1-'));
  await transaction
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ code_hash: hashOf(userId, code), user_id: userId })))
    .execute();
  return codes;
}

/** Whether it was one of theirs; it is none afterwards. */
export async function spendRecoveryCode(
  transaction: Transaction<Schema>,
  userId: string,
  code: string,
): Promise<boolean> {
  const { numDeletedRows } = await transaction
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hashOf(userId, code))
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

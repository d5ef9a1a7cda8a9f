import { fail } from '../errors.ts';
import { COMMON_LONG, COMMON_WORDS } from './common-passwords.ts';

const LONG: ReadonlySet<string> = new Set(COMMON_LONG.trim().split(/\s+/));
const WORDS: ReadonlySet<string> = new Set(COMMON_WORDS.trim().split(/\s+/));

/** What a password must not be, beside common: what everybody knows of the person. */
export interface AboutPerson {
  readonly email: string;
  /** Names and ids of their tenants, where it is known for which one it is. */
  readonly tenants?: readonly string[];
}

export type Weakness = 'common' | 'address' | 'tenant';

/** Rows and columns of keyboards, the alphabet, digits: in both directions. */
const RUNS = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
];
const BACK = RUNS.map((run) => [...run].reverse().join(''));

const letters = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Undefined when nothing speaks against it. How long it must be is in the contract. */
export function decideWeakness(password: string, about: AboutPerson): Weakness | undefined {
  const text = password.normalize('NFKC').toLowerCase();
  const bare = letters(text);
  const [name = '', domain = ''] = about.email.toLowerCase().split('@');
  const known = [about.email, name, `${name}${domain.split('.')[0]}`, domain].map(letters);
  const isOf = (words: readonly string[]) =>
    words.some((word) => word !== '' && (bare === word || (word.length >= 4 && lengthened(bare, word))));
  if (isOf(known)) return 'address';
  if (isOf((about.tenants ?? []).map(letters))) return 'tenant';
  if (LONG.has(text) || LONG.has(bare) || isRepeated(bare) || isRun(bare)) return 'common';
  const word = bare.replace(/^\p{N}+|\p{N}+$/gu, '');
  // One common word with digits and signs around it, or the same word twice.
  return WORDS.has(word) ||
    (word.length > 4 && isRun(word)) ||
    (word.length % 2 === 0 && isRepeated(word) && WORDS.has(word.slice(0, word.length / 2)))
    ? 'common'
    : undefined;
}

/** The word with nothing but digits before and after it, or said again. */
function lengthened(text: string, word: string): boolean {
  const rest = text.split(word);
  return rest.length > 1 && rest.every((part) => /^\p{N}*$/u.test(part));
}

/** At most four characters again and again, or half of it twice. */
function isRepeated(text: string): boolean {
  for (const size of [1, 2, 3, 4, text.length / 2])
    if (Number.isInteger(size) && size > 0 && text.length > size && [...text].every((one, i) => one === text[i % size]))
      return true;
  return false;
}

const isRun = (text: string): boolean => [...RUNS, ...BACK].some((run) => run.includes(text));

const SAID: Readonly<Record<Weakness, string>> = {
  common: 'this is one of the commonest passwords',
  address: 'the password is the e-mail address or made of it',
  tenant: 'the password is the name of the tenant or made of it',
};

/** Throws `control.common-password`, its reason being the weakness. */
export function assertGoodPassword(password: string, about: AboutPerson, at = 'password'): void {
  const weakness = decideWeakness(password, about);
  if (weakness) throw fail('control.common-password', SAID[weakness], { reason: weakness, at });
}

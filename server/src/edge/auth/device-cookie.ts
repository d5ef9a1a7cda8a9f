import { DEVICE_LIFETIME_MS, MOST_MARKS } from '#control';
import { cookiesNamed } from './cookies.ts';

const NAME = 'hanok_device';
/** Marks are of letters, digits, `-`, `_` and `.`. */
const BETWEEN = '~';

/**
 * Marks of the people who signed in on this device. Cookies of the same name that others may have set are read as well:
 * a mark that is not the server's own counts for nothing, and must not crowd out those that are.
 */
export function deviceMarks(header: string | undefined): string[] {
  const cookies = cookiesNamed(NAME, header).map((value) => value.split(BETWEEN).slice(0, MOST_MARKS));
  // The first of each cookie, then the second of each.
  return Array.from({ length: MOST_MARKS }, (_, index) => cookies.flatMap((marks) => marks.slice(index, index + 1)))
    .flat()
    .slice(0, MOST_MARKS);
}

/** Sent back where people sign in and nowhere else. */
export function setDeviceCookie(marks: readonly string[], secure: boolean): string {
  const seconds = DEVICE_LIFETIME_MS / 1_000;
  return `${NAME}=${marks.join(BETWEEN)}; Path=/api/v1/login; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure ? '; Secure' : ''}`;
}

import { fail } from '../errors.ts';
import { cookiesNamed } from './cookies.ts';

/**
 * The cookie that holds a session. Over TLS its name begins with `__Host-`: browsers then take it from this very host
 * alone, so that no page of a neighbouring host or of plain HTTP can set one of its own beside it (RFC 6265bis §4.1.3.2).
 */
const nameOf = (secure: boolean): string => (secure ? '__Host-hanok_session' : 'hanok_session');

/**
 * Value of the session cookie in a Cookie header. Throws `edge.repeated-session` when there are two: one of them was set
 * by somebody else, and which of them a person means nobody can tell.
 */
export function sessionCookie(header: string | undefined, secure: boolean): string | undefined {
  const values = cookiesNamed(nameOf(secure), header);
  if (values.length > 1)
    throw fail('edge.repeated-session', 'the request carries two session cookies', { at: 'cookie' });
  return values[0];
}

export function setSessionCookie(token: string, maxAgeSeconds: number, secure: boolean): string {
  return `${nameOf(secure)}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`;
}

export const clearSessionCookie = (secure: boolean): string => setSessionCookie('', 0, secure);

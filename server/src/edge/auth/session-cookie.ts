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

/** Most expiries in one answer; a path of the API has at most a handful of parts, a host two or three parents. */
const MOST_EXPIRIES = 40;

/**
 * Headers that end every cookie by the session's name that a browser may have sent with this request, wherever it was set:
 * a cookie's path begins the request's path, and its domain is the host or a parent of it (RFC 6265 §5.1.3 and §5.1.4). So
 * who was sent a second one by a neighbouring host is not locked out: the next request comes without, and signs in.
 */
export function endSessionCookies(path: string, host: string | undefined, secure: boolean): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  const paths = [
    '/',
    ...parts.flatMap((_, i) => [`/${parts.slice(0, i + 1).join('/')}`, `/${parts.slice(0, i + 1).join('/')}/`]),
  ];
  const names = /^[a-z0-9.-]+/i.exec(host ?? '')?.[0].split('.') ?? [];
  // No address, and no top-level name: browsers take no cookie for those.
  const domains = /^[\d.]+$/.test(names.join('.'))
    ? []
    : names.map((_, i) => names.slice(i).join('.')).filter((one) => one.includes('.'));
  return [undefined, ...domains]
    .flatMap((domain) =>
      paths.map(
        (one) =>
          `${nameOf(secure)}=; Path=${one}; ${domain === undefined ? '' : `Domain=${domain}; `}HttpOnly; SameSite=Strict; Max-Age=0${secure ? '; Secure' : ''}`,
      ),
    )
    .slice(0, MOST_EXPIRIES);
}

export function setSessionCookie(token: string, maxAgeSeconds: number, secure: boolean): string {
  return `${nameOf(secure)}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`;
}

export const clearSessionCookie = (secure: boolean): string => setSessionCookie('', 0, secure);

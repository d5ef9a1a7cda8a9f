import { type Address, classify, parseAddress } from './address.ts';
import { type AllowList, allowsAddress, allowsHost } from './allow-list.ts';
import { fail } from './errors.ts';
import { withoutDot } from './host.ts';

/** Where plain http may go: nowhere, only to what the operator listed, or wherever https may. */
export type PlainHttp = 'never' | 'listed' | 'always';

/** A URL that may be asked for, as far as can be told without resolving its name. */
export interface Target {
  readonly scheme: 'http' | 'https';
  /** Lower case, ASCII, without a dot at its end; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** When the URL names an address. */
  readonly literal: Address | undefined;
  /** The operator named this host and port. */
  readonly listed: boolean;
  /** Path and query, as they are sent. */
  readonly path: string;
}

const MOST_URL = 2_048;
const DEFAULT_PORTS = { http: 80, https: 443 } as const;
/** Names that mean something inside a network or a machine only (RFC 6761, RFC 6762, RFC 8375, ICANN). */
const INNER_NAMES =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|onion|invalid|test|example|home\.arpa|arpa)$/;

/** The one answer for whatever is not reached because of its address, so that it tells nothing of the address. */
export const refusedAddress = (host: string) =>
  fail('outbound.address', `the host ${host.slice(0, 253)} has no address that may be reached`, {
    at: 'url',
    values: { host: host.slice(0, 253) },
  });

/**
 * All that can be said of a URL before its name is resolved. Pure. Throws `outbound.url`, `outbound.scheme`,
 * `outbound.port` or `outbound.address`.
 */
export function decideTarget(text: string, allow: AllowList, plainHttp: PlainHttp): Target {
  if (text.length > MOST_URL)
    throw fail('outbound.url', `the URL is longer than ${MOST_URL} characters`, {
      at: 'url',
      reason: 'too-long',
      values: { most: MOST_URL },
    });
  const malformed = () => fail('outbound.url', 'the URL cannot be read', { at: 'url', reason: 'malformed' });
  // WHATWG's parser drops tabs and newlines and takes backslashes for slashes: what a person reads would not be what is asked for.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s\\]+$/i.test(text)) throw malformed();
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw malformed();
  }
  const scheme = url.protocol === 'https:' ? 'https' : url.protocol === 'http:' ? 'http' : undefined;
  if (!scheme)
    throw fail('outbound.scheme', 'the URL begins with a scheme that is not spoken', { at: 'url', reason: 'unknown' });
  if (url.username !== '' || url.password !== '' || /^[^/]*:\/\/[^/?#]*@/.test(text))
    throw fail('outbound.url', 'the URL contains a user name or a password', { at: 'url', reason: 'credentials' });
  const host = withoutDot(url.hostname.replace(/^\[|\]$/g, ''));
  if (host === '' || host.endsWith('.') || host.length > 253) throw malformed();
  const port = url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port);
  const literal = parseAddress(host);
  const listed = literal ? allowsAddress(allow, literal, port) : allowsHost(allow, host, port);
  if (scheme === 'http' && plainHttp !== 'always' && !(plainHttp === 'listed' && listed))
    throw fail('outbound.scheme', 'the URL begins with http, which anybody on the way can read and change', {
      at: 'url',
      reason: 'http',
    });
  if (!listed) {
    // A name may be listed by its address alone: its port is looked at again when that is known.
    const somewhere = allow.networks.some((one) => one.port === undefined || one.port === port);
    if (!allow.ports.has(port) && (literal || !somewhere))
      throw fail('outbound.port', `the port ${port} is not one that may be asked for`, {
        at: 'url',
        values: { port },
      });
    if (literal ? classify(literal) !== 'public' : !host.includes('.') || INNER_NAMES.test(host))
      throw refusedAddress(host);
  }
  return { scheme, host, port, literal, listed, path: `${url.pathname}${url.search}` };
}

/**
 * Which of the addresses that a name resolved to may be connected to: all of them, or, if a single one may not, none. A
 * server that mixes the two wants to be asked again until the other one comes.
 */
export function decideAddresses(
  target: Target,
  addresses: readonly string[],
  allow: AllowList,
  own: ReadonlySet<string>,
): readonly string[] | undefined {
  if (addresses.length === 0) return undefined;
  for (const text of addresses) {
    const address = parseAddress(text);
    if (!address) return undefined;
    if (target.listed || allowsAddress(allow, address, target.port)) continue;
    if (classify(address) !== 'public' || own.has(text) || !allow.ports.has(target.port)) return undefined;
  }
  return addresses;
}

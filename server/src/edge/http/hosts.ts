import { isIP } from 'node:net';

/** Host names a request may come with, whatever it asks for. */
export interface Hosts {
  /** Address the server listens on. */
  readonly bind: string;
  /** The machine's own name; answered to when the server listens beyond loopback. */
  readonly machine: string;
  /** Host of HANOK_PUBLIC_URL, if there is one. */
  readonly published: string | undefined;
  /** HANOK_ALLOWED_HOSTS. */
  readonly allowed: string;
}

/** The name in a Host header or a URL: no port, no brackets, no dot at the end, lower case. */
function nameOf(header: string): string {
  return header
    .trim()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

export const isLoopback = (name: string): boolean =>
  name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));

/**
 * Does this instance answer to that Host? A page of another site can make a browser call us under its own name, once that
 * name resolves to our address (DNS rebinding); it cannot do so under an address, a loopback name or a name we were
 * given. A server that listens on every interface is reached by addresses that are not known beforehand, and answers to
 * every address. No Host at all (HTTP/1.0) comes from no browser.
 */
export function hostPolicy({ bind, machine, published, allowed }: Hosts): (header: string | undefined) => boolean {
  const everywhere = bind === '0.0.0.0' || bind === '::';
  const names = new Set(
    [bind, published ?? '', ...allowed.split(','), ...(isLoopback(bind) ? [] : [machine])].map(nameOf).filter(Boolean),
  );
  const any = names.has('*');
  return (header) => {
    if (header === undefined || any) return true;
    const name = nameOf(header);
    return isLoopback(name) || names.has(name) || (everywhere && isIP(name) !== 0);
  };
}

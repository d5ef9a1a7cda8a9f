import { isIPv4, isIPv6 } from 'node:net';

const MOST_NAME = 64;

/**
 * Who is counted as one sender: an IPv4 address as it is, of an IPv6 address its /64 network, because that is what one
 * subscriber is given (RFC 6177).
 */
export function sourceOf(remote: string | undefined): string {
  if (remote === undefined) return '';
  const address = remote.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(address)) return address;
  const bare = address.split('%', 1)[0] ?? '';
  // A name that a declared proxy gave in place of an address.
  if (!isIPv6(bare)) return address.slice(0, MOST_NAME);
  const [head = '', tail] = bare.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0');
  const network = [...first, ...zeros, ...last].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

/** Addresses that stand for many senders. Compared whole: `::1` is one address, not its network. */
export class SharedSources {
  readonly #addresses: ReadonlySet<string>;

  constructor(list: string) {
    this.#addresses = new Set(
      list
        .split(',')
        .map((one) => one.trim().toLowerCase())
        .filter(Boolean),
    );
  }

  has(remote: string | undefined): boolean {
    return this.#addresses.has((remote ?? '').replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase());
  }
}

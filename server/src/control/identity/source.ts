import { isIP } from 'node:net';

/** The first four of the eight groups of an IPv6 address. */
function network(address: string): string {
  const [head = '', tail] = address.split('::', 2);
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two groups; the first four are not touched by it.
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/**
 * Who is counted as one when attempts come from `remote`: an IPv4 address, or a /64 of IPv6, which is what one customer
 * is given and can change addresses within.
 */
export function sourceOf(remote: string): string {
  const plain = remote.toLowerCase().split('%', 1)[0]!;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  return isIP(plain) === 6 ? `${network(plain)}::/64` : plain.slice(0, 64);
}

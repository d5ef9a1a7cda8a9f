import { isIP } from 'node:net';

/** Bits of an address, most significant first: 32 of IPv4, 128 of IPv6. */
export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

export interface Network {
  readonly address: Address;
  /** Leading bits that count. */
  readonly prefix: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;
const MAPPED = 0xffffn;

function parseIpv4(text: string): bigint {
  return text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(Number(part)), 0n);
}

/** @param text valid, without a zone */
function parseIpv6(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const low = parseIpv4(dotted[2]!);
    return parseIpv6(`${dotted[1]!}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: missing }, () => '0'), ...after].reduce(
    (bits, group) => (bits << 16n) | BigInt(Number.parseInt(group, 16)),
    0n,
  );
}

/**
 * The address that a canonical text names; undefined for anything else: names, zones, octal or shortened forms. An
 * IPv4-mapped IPv6 address is the IPv4 address that it maps, because that is where a socket goes.
 */
export function parseAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 4) return { family: 4, bits: parseIpv4(text) };
  if (family !== 6 || text.includes('%')) return undefined;
  const bits = parseIpv6(text);
  return bits >> 32n === MAPPED ? { family: 4, bits: bits & 0xffff_ffffn } : { family: 6, bits };
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. Undefined when it is neither, or has bits beyond its prefix. */
export function parseNetwork(text: string): Network | undefined {
  const [base = '', length, ...more] = text.split('/');
  const address = parseAddress(base);
  if (!address || more.length > 0) return undefined;
  const width = WIDTH[address.family];
  if (length === undefined) return { address, prefix: width };
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return undefined;
  const prefix = Number(length);
  const host = address.bits & ((1n << BigInt(width - prefix)) - 1n);
  return host === 0n ? { address, prefix } : undefined;
}

export function contains({ address: base, prefix }: Network, address: Address): boolean {
  if (base.family !== address.family) return false;
  const shift = BigInt(WIDTH[base.family] - prefix);
  return base.bits >> shift === address.bits >> shift;
}

/** What an address is for; everything but `public` is refused unless the operator allowed it. */
export type AddressClass =
  | 'public'
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'metadata'
  | 'shared'
  | 'translated'
  | 'documentation'
  | 'multicast'
  | 'reserved';

const table = (rows: Readonly<Record<string, AddressClass>>): ReadonlyArray<readonly [Network, AddressClass]> =>
  Object.entries(rows).map(([text, what]) => {
    const network = parseNetwork(text);
    if (!network) throw new Error(`${text} is no network`);
    return [network, what] as const;
  });

/**
 * IANA's special-purpose registries (RFC 6890 and what came after), narrower networks before those around them, and the
 * addresses at which clouds answer their own machines.
 */
const SPECIAL = table({
  '0.0.0.0/8': 'unspecified',
  '10.0.0.0/8': 'private',
  '100.100.100.200/32': 'metadata',
  '100.64.0.0/10': 'shared',
  '127.0.0.0/8': 'loopback',
  '168.63.129.16/32': 'metadata',
  '169.254.169.254/32': 'metadata',
  '169.254.0.0/16': 'link-local',
  '172.16.0.0/12': 'private',
  '192.0.0.192/32': 'metadata',
  '192.0.0.0/24': 'reserved',
  '192.0.2.0/24': 'documentation',
  '192.31.196.0/24': 'reserved',
  '192.52.193.0/24': 'reserved',
  '192.88.99.0/24': 'translated',
  '192.168.0.0/16': 'private',
  '192.175.48.0/24': 'reserved',
  '198.18.0.0/15': 'private',
  '198.51.100.0/24': 'documentation',
  '203.0.113.0/24': 'documentation',
  '224.0.0.0/4': 'multicast',
  '240.0.0.0/4': 'reserved',
  '::/128': 'unspecified',
  '::1/128': 'loopback',
  '64:ff9b::/96': 'translated',
  '64:ff9b:1::/48': 'translated',
  '2001:db8::/32': 'documentation',
  '2001::/23': 'reserved',
  '2002::/16': 'translated',
  '2620:4f:8000::/48': 'reserved',
  '3fff::/20': 'documentation',
  'fd00:ec2::254/128': 'metadata',
  'fd20:ce::254/128': 'metadata',
  'fc00::/7': 'private',
  'fe80::/10': 'link-local',
  'fec0::/10': 'private',
  'ff00::/8': 'multicast',
});

/** All of IPv6 that is given out for use in public; the rest is reserved. */
const GLOBAL_UNICAST: Network = parseNetwork('2000::/3')!;
/** Interface identifiers of ISATAP (RFC 5214), which carry an IPv4 address. */
const ISATAP: ReadonlySet<bigint> = new Set([0x0000_5efen, 0x0200_5efen]);

export function classify(address: Address): AddressClass {
  for (const [network, what] of SPECIAL) if (contains(network, address)) return what;
  if (address.family === 4) return 'public';
  if (!contains(GLOBAL_UNICAST, address)) return 'reserved';
  return ISATAP.has((address.bits >> 32n) & 0xffff_ffffn) ? 'translated' : 'public';
}

import { BlockList, isIP } from 'node:net';

/** Tells whether an address is within one of the networks; without any it may be everywhere. */
export type Within = (remote: string) => boolean;

const EVERYWHERE: Within = () => true;

/** Made once where it is asked often. */
export function withinOf(networks: readonly string[]): Within {
  if (networks.length === 0) return EVERYWHERE;
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split('/');
    const family = isIP(address!) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address!, family);
    else list.addSubnet(address!, Number(bits), family);
  }
  return (remote) => {
    // IPv4 through an IPv6 socket.
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remote)?.[1] ?? remote;
    const family = isIP(mapped);
    return family !== 0 && list.check(mapped, family === 6 ? 'ipv6' : 'ipv4');
  };
}

export const isWithin = (networks: readonly string[], remote: string): boolean => withinOf(networks)(remote);

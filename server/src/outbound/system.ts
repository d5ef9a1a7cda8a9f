import { lookup, Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { Resolve } from './outbound.ts';

const TIMEOUT_MS = 2_000;
const TRIES = 2;

/**
 * Names that the operator listed are resolved as everything else on this machine resolves them, its hosts file included. All
 * others are asked of the name servers over sockets: `lookup` holds one of the process's few threads, which also write the
 * journal, for as long as a tenant's own name server likes.
 */
export const systemResolve: Resolve = async (host, listed) => {
  if (listed) return (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
};

export const systemAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));

import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { Resolve } from './outbound.ts';

/** As everything else on this machine resolves names, its hosts file included. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);

export const systemAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));

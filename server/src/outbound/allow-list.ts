import { type Address, contains, type Network, parseNetwork } from './address.ts';
import { fail } from './errors.ts';
import { normalHost } from './host.ts';

/** What the operator opened to all tenants. */
export interface AllowList {
  /** Ports of public hosts. */
  readonly ports: ReadonlySet<number>;
  readonly hosts: ReadonlyArray<{ readonly host: string; readonly port: number | undefined }>;
  readonly networks: ReadonlyArray<{ readonly network: Network; readonly port: number | undefined }>;
}

const wrong = (env: string, text: string, expected: string) =>
  fail('outbound.setting', `${env} has ${JSON.stringify(text)}, expected ${expected}`, { at: env });

function parsePort(env: string, text: string, whole: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw wrong(env, whole, 'a port from 1 to 65535');
  return port;
}

const parts = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Throws `outbound.setting`. */
export function parseAllowList(allow: string, ports: string): AllowList {
  const hosts: Array<AllowList['hosts'][number]> = [];
  const networks: Array<AllowList['networks'][number]> = [];
  for (const entry of parts(allow)) {
    const env = 'HANOK_OUTBOUND_ALLOW';
    const match = /^(\[[^\]]*\](?:\/\d+)?|[^:]+):(\*|\d+)$/.exec(entry);
    if (!match) throw wrong(env, entry, 'HOST:PORT, ADDRESS:PORT, NETWORK/BITS:PORT or [IPV6]:PORT');
    const port = match[2] === '*' ? undefined : parsePort(env, match[2]!, entry);
    const place = match[1]!.replace(/[[\]]/g, '');
    const network = parseNetwork(place);
    if (network) {
      networks.push({ network, port });
      continue;
    }
    const host = normalHost(place);
    // Something like 127.1 is an address to a browser and to nobody else: it is not guessed at here.
    if (host === undefined || host !== place.toLowerCase() || parseNetwork(host) !== undefined)
      throw wrong(env, entry, 'a host name, an address or a network without bits beyond its prefix');
    hosts.push({ host, port });
  }
  return { ports: new Set(parts(ports).map((port) => parsePort('HANOK_OUTBOUND_PORTS', port, port))), hosts, networks };
}

export const allowsHost = ({ hosts }: AllowList, host: string, port: number): boolean =>
  hosts.some((one) => one.host === host && (one.port === undefined || one.port === port));

export const allowsAddress = ({ networks }: AllowList, address: Address, port: number): boolean =>
  networks.some((one) => (one.port === undefined || one.port === port) && contains(one.network, address));

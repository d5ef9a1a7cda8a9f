import type { Clock } from '../clock.ts';
import { readConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../metrics.ts';
import { CONNECTIONS_CONFIG, type ConnectionsConfig } from './config.ts';
import { ConnectionGuard, type ConnectionRefusals, type RefusalReason } from './guard.ts';
import { decideHandleShares, type HandleShares } from './handles.ts';

export type PortName = 'ui' | 'otlp-http' | 'otlp-grpc';

/** Refusals of one port and reason that people should know of. */
export interface RecentRefusals {
  readonly port: PortName;
  readonly reason: RefusalReason;
  readonly count: number;
  readonly remote: string;
  /** Unix milliseconds of the last. */
  readonly at: number;
}

const REMEMBERED_MS = 10 * 60_000;

/** The connections of all ports: one limit of handles, shared out; a guard for each listener. */
export class Connections {
  readonly shares: HandleShares<PortName>;
  readonly #config: ConnectionsConfig;
  readonly #deps: { readonly clock: Clock; readonly meter: Meter; readonly log: Log };
  readonly #recent = new Map<string, RecentRefusals>();

  /**
   * @param handles soft limit of file handles, when it is known
   * @param stores journals and engines that need handles of their own
   * @param wanted most connections per port, as configured
   */
  constructor(
    config: ConnectionsConfig,
    deps: { readonly clock: Clock; readonly meter: Meter; readonly log: Log },
    limits: {
      readonly handles: number | undefined;
      readonly stores: number;
      readonly wanted: Readonly<Record<PortName, number>>;
    },
  ) {
    this.#config = config;
    this.#deps = deps;
    this.shares = decideHandleShares(limits.handles, limits.stores, limits.wanted);
    deps.meter
      .gauge('hanok_connections_handles_kept', 'File handles kept back for journals, engines and files.')
      .set(this.shares.kept);
  }

  guard(port: PortName, onRefused: (refusals: ConnectionRefusals) => void = () => {}): ConnectionGuard {
    const { clock, meter, log } = this.#deps;
    const options = { ...this.#config, port, most: this.shares.most[port] };
    return new ConnectionGuard(options, {
      clock,
      meter,
      onRefused: (refusals) => {
        this.#remember(port, refusals);
        log.warn({ port, ...refusals }, 'connections were refused');
        onRefused(refusals);
      },
    });
  }

  /** Refusals of the last ten minutes. */
  recent(): RecentRefusals[] {
    const since = this.#deps.clock.now() - REMEMBERED_MS;
    return [...this.#recent.values()].filter(({ at }) => at >= since);
  }

  #remember(port: PortName, { reason, count, remote }: ConnectionRefusals): void {
    const key = `${port} ${reason}`;
    const before = this.#recent.get(key);
    const at = this.#deps.clock.now();
    const sum = before && at - before.at < REMEMBERED_MS ? before.count + count : count;
    this.#recent.set(key, { port, reason, count: sum, remote, at });
  }
}

/** With default settings and as many connections per port as said: for tests and benches of a listener alone. */
export function standaloneConnections(
  deps: { readonly clock: Clock; readonly meter: Meter; readonly log: Log },
  mostPerPort = 4_000,
  changes: Partial<ConnectionsConfig> = {},
): Connections {
  const defaults = readConfig({ connections: CONNECTIONS_CONFIG }, {}).connections;
  const wanted = { ui: mostPerPort, 'otlp-http': mostPerPort, 'otlp-grpc': mostPerPort };
  return new Connections({ ...defaults, ...changes }, deps, { handles: undefined, stores: 1, wanted });
}

import { Meter } from '#base';
import { OUTBOUND_CONFIG, type OutboundConfig } from '../config.ts';
import { type Outbound, openOutbound, type Resolve } from '../outbound.ts';

export interface OutboundInstance {
  readonly outbound: Outbound;
  /** Names that were resolved, in order. */
  readonly asked: string[];
  /** Outcomes so far. */
  outcomes(): Readonly<Record<string, number>>;
}

/** The real fetcher with a resolver that answers from a table, one list after another. */
export function openOutboundInstance(
  options: {
    readonly config?: Partial<OutboundConfig>;
    readonly names?: Readonly<Record<string, ReadonlyArray<readonly string[]>>>;
    readonly resolve?: Resolve;
    readonly own?: readonly string[];
  } = {},
): OutboundInstance {
  const defaults = Object.fromEntries(Object.entries(OUTBOUND_CONFIG).map(([key, one]) => [key, one.default]));
  const asked: string[] = [];
  const meter = new Meter();
  const resolve: Resolve = async (host, listed) => {
    asked.push(host);
    if (options.resolve) return options.resolve(host, listed);
    const lists = options.names?.[host] ?? [];
    const turn = asked.filter((one) => one === host).length - 1;
    return lists[Math.min(turn, lists.length - 1)] ?? [];
  };
  const outbound = openOutbound(
    { ...(defaults as OutboundConfig), ...options.config },
    { meter, resolve, ownAddresses: () => options.own ?? [] },
  );
  return {
    outbound,
    asked,
    outcomes: () =>
      Object.fromEntries(
        meter
          .samples()
          .filter(({ name }) => name === 'hanok_outbound_requests_total')
          .map(({ labels, value }) => [labels['outcome']!, value]),
      ),
  };
}

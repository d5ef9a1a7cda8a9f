import { setting, type Values } from '../config.ts';

/** What holds for the connections of every port; how many a port takes is a setting of the module that listens. */
export const CONNECTIONS_CONFIG = {
  perSource: setting.integer(
    'HANOK_CONNECTIONS_PER_SOURCE',
    500,
    'Open connections per port from one address (IPv6: from one /64 network). More than a large office needs, a small part of what a port takes, so that one stranger cannot fill it.',
    { min: 1 },
  ),
  sharedSources: setting.text(
    'HANOK_SHARED_SOURCES',
    '127.0.0.1,::1',
    "Addresses, separated by commas, that stand for many senders: a collector or reverse proxy on this machine, a load balancer, a gateway. The limits per source do not hold for them, only a port's own.",
  ),
  floodWorkMs: setting.integer(
    'HANOK_FLOOD_WORK',
    50,
    'Milliseconds of the main thread per second that one source may cost with what brings nothing: refused and cancelled calls, control frames, bodies in crumbs. 50 are some 600 refused calls a second.',
    { min: 1, max: 1_000 },
  ),
  floodRefusalMs: setting.duration(
    'HANOK_FLOOD_REFUSAL',
    10_000,
    'How long a source that spent more than that is refused new connections; long enough that coming again costs us next to nothing.',
    { min: 100 },
  ),
} as const;

export type ConnectionsConfig = Values<typeof CONNECTIONS_CONFIG>;

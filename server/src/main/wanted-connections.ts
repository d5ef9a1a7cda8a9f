import type { PortName } from '#base';
import type { Config } from './slices.ts';

/** Open connections per port as configured, before file handles are asked. */
export function wantedConnections({
  edge,
  receivers,
}: Pick<Config, 'edge' | 'receivers'>): Readonly<Record<PortName, number>> {
  const { maxConnections } = receivers;
  return { ui: edge.maxConnections, 'otlp-http': maxConnections, 'otlp-grpc': maxConnections };
}

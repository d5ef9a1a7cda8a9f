export { CONNECTIONS_CONFIG, type ConnectionsConfig } from './config.ts';
export { Connections, type PortName, type RecentRefusals, standaloneConnections } from './connections.ts';
export { ConnectionGuard, type ConnectionRefusals, type GuardedConnection, type RefusalReason } from './guard.ts';
export { decideHandleShares, type HandleShares, readHandleLimit } from './handles.ts';
export { repeatedHeader } from './repeated-header.ts';
export { sourceOf } from './source.ts';

export { OUTBOUND_CONFIG, type OutboundConfig } from './config.ts';
export { OUTBOUND_ERRORS } from './errors.ts';
export {
  type Outbound,
  type OutboundAnswer,
  type OutboundDeps,
  type OutboundRequest,
  openOutbound,
  type Resolve,
} from './outbound.ts';
export { systemAddresses, systemResolve } from './system.ts';
export type { PlainHttp } from './target.ts';

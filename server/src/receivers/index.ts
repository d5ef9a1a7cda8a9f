import type { IntakeLimits } from '#pipeline';
import type { ReceiversConfig } from './config.ts';
import type { ReceiversDeps } from './deps.ts';
import { openFrontEnds, type Receivers } from './open.ts';
import { openOtlpDecoder } from './otlp/index.ts';

export { RECEIVERS_CONFIG, type ReceiversConfig } from './config.ts';
export type { Authorisation, HeaderGetter, IngestReport, ReceiversDeps, RetentionDays } from './deps.ts';
export { RECEIVERS_ERRORS } from './errors.ts';
export type { Receivers } from './open.ts';

/** @param deps.limits what one record may carry; the slice of `#pipeline` */
export function openReceivers(
  config: ReceiversConfig,
  deps: ReceiversDeps & { readonly limits: IntakeLimits },
): Promise<Receivers> {
  return openFrontEnds(config, deps, {
    threadModule: new URL('./workers/thread.ts', import.meta.url),
    threadData: deps.limits,
    inline: openOtlpDecoder(deps.limits),
  });
}

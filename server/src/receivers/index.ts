import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { cardinalityLimits, type IntakeLimits } from '#pipeline';
import { Ledgers, type TenantCardinality } from './cardinality/ledgers.ts';
import type { ReceiversConfig } from './config.ts';
import type { ReceiversDeps } from './deps.ts';
import { openFrontEnds, type Receivers } from './open.ts';
import { openOtlpDecoder } from './otlp/index.ts';

export type { LimitNotice } from './cardinality/limit-notices.ts';
export { RECEIVERS_CONFIG, type ReceiversConfig } from './config.ts';
export type { Authorisation, HeaderGetter, ReceiversDeps, RetentionDays } from './deps.ts';
export type { Emit, Emitted, EmittedLog } from './emit.ts';
export { RECEIVERS_ERRORS } from './errors.ts';
export type { Receivers } from './open.ts';

/**
 * @param deps.limits what one record may carry and a tenant may bring; the slice of `#pipeline`
 * @param deps.dataDir `cardinality/` in it keeps what tenants brought today
 */
export async function openReceivers(
  config: ReceiversConfig,
  deps: Omit<ReceiversDeps, 'ledgers'> & {
    readonly limits: IntakeLimits;
    readonly limitsOf?: (tenant: TenantId) => TenantCardinality | undefined;
    readonly dataDir: string;
  },
): Promise<
  Receivers & {
    readonly limitNotices: Ledgers['notices'];
    readonly forget: Ledgers['forget'];
    /** What the tenant brought today of what is limited by the day. */
    readonly broughtToday: (tenant: TenantId) => TenantCardinality;
  }
> {
  const { limits, dataDir, clock, log, meter } = deps;
  const ledgers = new Ledgers({
    limits: cardinalityLimits(limits),
    ...(deps.limitsOf && { limitsOf: deps.limitsOf }),
    dir: join(dataDir, 'cardinality'),
    clock,
    log,
    meter,
    key: () => [randomInt(2 ** 32), randomInt(2 ** 32)],
  });
  const receivers = await openFrontEnds(
    config,
    { ...deps, ledgers },
    {
      threadModule: new URL('./workers/thread.ts', import.meta.url),
      threadData: limits,
      inline: openOtlpDecoder(limits),
    },
  );
  return {
    ...receivers,
    limitNotices: (tenant) => ledgers.notices(tenant),
    broughtToday: (tenant) => ledgers.counts(tenant, clock.nanos()),
    forget: (tenant) => ledgers.forget(tenant),
    async close() {
      await receivers.close();
      await ledgers.close();
    },
  };
}

import type { Lane } from '../traffic/generator.ts';

export interface SoakTenant {
  readonly id: string;
  readonly key: string;
}

/** Shares of the records by signal, as a fleet that logs more than it traces and measures least often. */
const SHARES = { logs: 0.6, traces: 0.3, metrics: 0.1 } as const;
const RECORDS_PER_REQUEST = { logs: 500, traces: 300, metrics: 400 } as const;
const PROTOCOLS = ['http', 'grpc'] as const;

/** Lanes that together send `perSecond` records: every tenant, every signal, both protocols; HTTP compressed, gRPC not. */
export function lanesOf(tenants: readonly SoakTenant[], perSecond: number): Lane[] {
  return tenants.flatMap(({ id, key }) =>
    (Object.keys(SHARES) as (keyof typeof SHARES)[]).flatMap((signal) =>
      PROTOCOLS.map((protocol): Lane => {
        const records = RECORDS_PER_REQUEST[signal];
        const share = SHARES[signal] / tenants.length / PROTOCOLS.length;
        return {
          name: `${id} ${signal} ${protocol}`,
          key,
          signal,
          protocol,
          compressed: protocol === 'http',
          records,
          requestsPerSecond: (perSecond * share) / records,
        };
      }),
    ),
  );
}

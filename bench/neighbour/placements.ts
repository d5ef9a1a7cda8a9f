/** The three tenants of the measurement, and data for the flooder's heavy queries to chew on. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Instance } from '../../e2e/instance.ts';
import { startGenerator } from '../traffic/drive.ts';

export interface Tenant {
  readonly id: string;
  readonly key: string;
  readonly token: string;
  /** Records per second; bytes are left free, so that one figure decides. */
  limit(recordsPerSecond: number): Promise<void>;
}

/** tenant-b of the pool is the victim; a second pool tenant, made as an operator would, and the silo tenant-a flood. */
export async function makePlacements(instance: Instance): Promise<{ victim: Tenant; pool: Tenant; silo: Tenant }> {
  const operator = await instance.login(instance.bootstrap.operator);
  const tenant = (id: string, key: string, token: string): Tenant => ({
    id,
    key,
    token,
    limit: async (recordsPerSecond) => {
      const limits = { recordsPerSecond, bytesPerSecond: 100_000_000_000, burstSeconds: 1 };
      await instance.api(operator, 'PATCH', `/api/v1/tenants/${id}`, { limits });
    },
  });
  const known = async (id: string) => {
    const { ingestKey, admin } = instance.tenant(id);
    return tenant(id, ingestKey, await instance.login(admin));
  };
  const made = await instance.api<{ admin: { email: string; password: string }; ingestKey: string }>(
    operator,
    'POST',
    '/api/v1/tenants',
    { id: 'loud', name: 'Loud', mode: 'pool', adminEmail: 'admin@loud.example' },
  );
  const pool = tenant('loud', made.ingestKey, await instance.login(made.admin));
  return { victim: await known('tenant-b'), pool, silo: await known('tenant-a') };
}

/** Sends until each flooder has `records` logs and the victim a tenth of that, and all of it is queryable. */
export async function preload(
  instance: Instance,
  flooders: readonly Tenant[],
  victim: Tenant,
  records: number,
  seed: number,
): Promise<void> {
  for (const [tenant, wanted] of [...flooders.map((one) => [one, records] as const), [victim, records / 10] as const]) {
    await tenant.limit(100_000_000);
    const generator = await startGenerator({
      otlpHttp: instance.otlpHttp,
      otlpGrpc: instance.otlpGrpc,
      seed,
      reuse: false,
      mostOpen: 8,
      nice: 0,
      lanes: [
        {
          name: 'preload',
          key: tenant.key,
          signal: 'logs',
          protocol: 'http',
          compressed: true,
          records: 2_000,
          requestsPerSecond: 60,
        },
      ],
    });
    for (let sent = 0; sent < wanted; ) {
      await pause(200);
      for (const lane of await generator.report()) sent += lane.acceptedRecords;
    }
    await generator.stop();
  }
}

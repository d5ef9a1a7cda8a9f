import { setTimeout as pause } from 'node:timers/promises';
import type { Instance } from '../../e2e/instance.ts';
import { startGenerator } from '../traffic/drive.ts';
import { Asker, HEAVY } from '../traffic/queries.ts';
import type { Tenant } from './placements.ts';

const RECORDS_PER_REQUEST = 1_000;
/** A rude client: comes again this soon whatever it is told. */
const RUDE_PAUSE_MS = 100;

export interface Flood {
  stop(): Promise<{
    /** Records acknowledged. */
    readonly sent: number;
    readonly refusals: number;
    /** Refusals by the instance's own counters meanwhile. */
    readonly told: number;
    readonly firstRefusalMs: number | null;
    readonly refusalMs: readonly number[];
    /** Answers to heavy queries by status. */
    readonly heavy: string;
  }>;
}

export async function startFlood(options: {
  readonly instance: Instance;
  readonly to: { readonly otlpHttp: string; readonly otlpGrpc: string };
  readonly flooder: Tenant;
  readonly recordsPerSecond: number;
  /** Heavy queries side by side, each begun again when it is answered. */
  readonly heavy: number;
  readonly seed: number;
}): Promise<Flood> {
  const { instance, to, flooder, recordsPerSecond, heavy, seed } = options;
  const before = await refusalsCounted(instance);
  const lane = {
    key: flooder.key,
    signal: 'logs',
    compressed: true,
    records: RECORDS_PER_REQUEST,
    requestsPerSecond: recordsPerSecond / RECORDS_PER_REQUEST / 2,
  } as const;
  const asker = new Asker(instance.url, flooder.token);
  const statuses = new Map<number, number>();
  let stopped = false;
  const loops = Array.from({ length: heavy }, async (_, i) => {
    for (let turn = i; !stopped; turn++) {
      const { status } = await HEAVY[turn % HEAVY.length]!(asker);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status !== 200) await pause(RUDE_PAUSE_MS);
    }
  });
  const generator = await startGenerator({
    ...to,
    seed,
    reuse: true,
    mostOpen: 64,
    nice: 19,
    lanes: [
      { ...lane, name: 'http', protocol: 'http' },
      { ...lane, name: 'grpc', protocol: 'grpc' },
    ],
  });
  return {
    async stop() {
      stopped = true;
      const lanes = await generator.stop();
      // What runs now is of no interest; closing the connection cancels it.
      asker.close();
      await Promise.all(loops);
      const firsts = lanes.flatMap((one) => (one.firstRefusalMs === null ? [] : [one.firstRefusalMs]));
      return {
        sent: lanes.reduce((sum, one) => sum + one.acceptedRecords, 0),
        refusals: lanes.reduce((sum, one) => sum + one.refusedRequests, 0),
        told: (await refusalsCounted(instance)) - before,
        firstRefusalMs: firsts.length === 0 ? null : Math.min(...firsts),
        refusalMs: lanes.flatMap((one) => one.refusalLatencies),
        heavy: [...statuses].map(([status, count]) => `${count} x ${status}`).join(', '),
      };
    },
  };
}

/** All refusals of the OTLP ports so far. */
async function refusalsCounted(instance: Instance): Promise<number> {
  const text = await (await fetch(`${instance.url}/metrics`)).text();
  return [...text.matchAll(/^hanok_receivers_refused_total\{[^}]*\} (\d+)/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}

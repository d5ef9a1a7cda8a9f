import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, writev } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TenantId } from '@hanok/contract';
import {
  type Batch,
  Meter,
  readConfig,
  silentLog,
  standaloneConnections,
  systemClock,
} from '../../server/src/base/index.ts';
import { DEFAULT_LIMITS } from '../../server/src/pipeline/index.ts';
import { openReceivers, RECEIVERS_CONFIG } from '../../server/src/receivers/index.ts';

/**
 * The serving process of bench/workers.ts: our front ends with the real decoder, and a journal reduced to what every
 * journal must do, writing batches to one file and syncing it for all that came meanwhile. `argv`: threads, inline bytes.
 */
const write = promisify(writev);
const sync = promisify(fdatasync);
const folder = mkdtempSync(join(tmpdir(), 'hanok-bench-'));
const file = openSync(join(folder, 'journal'), 'w');

let waiting: { readonly batch: Batch; readonly resolve: () => void }[] = [];
let busy = false;
let position = 0;

async function flush(): Promise<void> {
  busy = true;
  while (waiting.length > 0) {
    const group = waiting;
    waiting = [];
    const bytes = group.flatMap(({ batch }) => batch.blocks.map((block) => block.bytes));
    // Over and over the same 64 MiB, so that a long run does not fill the disk.
    if (position > 64 * 1024 ** 2) position = 0;
    await write(file, bytes, position);
    position += bytes.reduce((sum, one) => sum + one.length, 0);
    await sync(file);
    for (const { resolve } of group) resolve();
  }
  busy = false;
}

const caller = { tenant: 'bench' as TenantId, actor: { kind: 'key', id: 'bench' } } as const;
const open = { open: true } as const;
const meter = new Meter();
const receivers = await openReceivers(
  {
    ...readConfig({ receivers: RECEIVERS_CONFIG }, {}).receivers,
    httpPort: 0,
    grpcPort: 0,
    decodeThreads: Number(process.argv[2]),
    inlineBytes: Number(process.argv[3]),
  },
  {
    bind: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    meter,
    connections: standaloneConnections({ clock: systemClock, meter, log: silentLog }),
    limits: DEFAULT_LIMITS,
    dataDir: folder,
    authorize: () => ({ ok: true, caller, retentionDays: { logs: 30, traces: 30, metrics: 30 } }),
    sinkFor: () => ({
      epoch: '',
      canAccept: () => open,
      append: (batch) =>
        new Promise((resolve) => {
          waiting.push({ batch, resolve: () => resolve(1n) });
          if (!busy) void flush();
        }),
    }),
    spend: () => open,
    settle: () => undefined,
    report: () => {},
  },
);
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.on('disconnect', async () => {
  await receivers.close();
  closeSync(file);
  rmSync(folder, { recursive: true });
  process.exit();
});
process.send?.({ port: receivers.httpPort });

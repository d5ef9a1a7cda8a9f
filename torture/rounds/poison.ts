/** Puts an entry into a stopped instance's journal that no store can take, so that the dead-letter path is walked too. */
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { Meter, silentLog, systemClock } from '../../server/src/base/index.ts';
import { JOURNAL_DEFAULTS, openJournal } from '../../server/src/journal/index.ts';

/** A layout that this program cannot know. */
const UNKNOWN_LAYOUT = 1_000_000;

/** The instance must be stopped: two writers destroy each other's numbering. */
export async function poison(dataDir: string, store: string, tenant: string): Promise<void> {
  const journal = await openJournal(
    // Space is no matter here.
    { ...JOURNAL_DEFAULTS, diskReserveBytes: 0, retainMs: 3_600_000, dir: join(dataDir, 'journal', store) },
    { clock: systemClock, log: silentLog, meter: new Meter() },
  );
  await journal.append({
    tenant: tenant as TenantId,
    signal: 'logs',
    layoutVersion: UNKNOWN_LAYOUT,
    records: 1,
    minTime: 0n,
    maxTime: 0n,
    blocks: [{ table: 'logs', rows: 1, bytes: Buffer.from('of a layout to come') }],
  });
  await journal.close();
}

import { setting, type Values } from '#base';
import { fail } from './errors.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** One set of values for every journal of the instance; each journal has its own directory. */
export const JOURNAL_CONFIG = {
  segmentBytes: setting.bytes(
    'HANOK_JOURNAL_SEGMENT',
    64 * MiB,
    'Size at which a segment file is closed and the next begun. Whole segments are deleted, so smaller ones free space sooner and cost more syncs.',
    { min: 8 * 1024 },
  ),
  diskBudgetBytes: setting.bytes(
    'HANOK_JOURNAL_DISK_BUDGET',
    4 * GiB,
    'What one journal may hold that the store has not taken yet. At 90 % new requests are refused, at 80 % let in again. At 20 MB/s the default bridges three minutes of a dead store.',
    { min: 32 * 1024 },
  ),
  diskReserveBytes: setting.bytes(
    'HANOK_JOURNAL_DISK_RESERVE',
    1 * GiB,
    'Free space kept on the file system: below it new requests are refused, because the engine needs room to merge and the journal needs room to record its own failures.',
    { min: 0 },
  ),
  maxGroupBytes: setting.bytes(
    'HANOK_JOURNAL_MAX_GROUP',
    4 * MiB,
    'Most bytes written with one sync; when more waits, tenants share it. A request that just missed a group waits for all of it, some 40 ms on a common disk; larger groups save syncs only when there is more than 100 MB/s to write.',
    { min: 4 * 1024 },
  ),
  maxBatchBytes: setting.bytes(
    'HANOK_JOURNAL_MAX_BATCH',
    256 * MiB,
    'Largest single batch. The largest request (64 MiB inflated) fits with room for its columns.',
    { min: 4 * 1024, max: 1 * GiB },
  ),
  recentBytes: setting.bytes(
    'HANOK_JOURNAL_RECENT',
    32 * MiB,
    'Newest batches kept in memory until every consumer has taken them, so that a store which keeps up never reads the disk.',
    { min: 0 },
  ),
  retainMs: setting.duration(
    'HANOK_JOURNAL_RETAIN',
    600_000,
    'How long a segment stays after every consumer has passed it, because parts of the store may not be power-safe yet. Cut short when space is needed.',
    { min: 0 },
  ),
} as const;

export type JournalSettings = Values<typeof JOURNAL_CONFIG>;

export const JOURNAL_DEFAULTS: JournalSettings = {
  segmentBytes: JOURNAL_CONFIG.segmentBytes.default,
  diskBudgetBytes: JOURNAL_CONFIG.diskBudgetBytes.default,
  diskReserveBytes: JOURNAL_CONFIG.diskReserveBytes.default,
  maxGroupBytes: JOURNAL_CONFIG.maxGroupBytes.default,
  maxBatchBytes: JOURNAL_CONFIG.maxBatchBytes.default,
  recentBytes: JOURNAL_CONFIG.recentBytes.default,
  retainMs: JOURNAL_CONFIG.retainMs.default,
};

/** Throws `journal.config` when two settings cannot hold together. */
export function checkJournalSettings(settings: JournalSettings): void {
  // With fewer than two segments in the budget nothing could be deleted before the gate closes for good.
  if (settings.diskBudgetBytes < 2 * settings.segmentBytes)
    throw fail(
      'journal.config',
      `${JOURNAL_CONFIG.diskBudgetBytes.env} (${settings.diskBudgetBytes}) must be at least twice ${JOURNAL_CONFIG.segmentBytes.env} (${settings.segmentBytes})`,
    );
}

/** The durable stream between acknowledgement and store. */
export { JOURNAL_CONFIG, JOURNAL_DEFAULTS, type JournalSettings } from './config.ts';
export { DAMAGED_FOLDER } from './embedded/damage.ts';
export { type Inspection, inspectJournal } from './embedded/inspect.ts';
export { openJournal } from './embedded/open.ts';
export { JOURNAL_ERRORS } from './errors.ts';
export { type FileSystem, type JournalFile, nodeFileSystem } from './fs.ts';
export type {
  Damage,
  DeadLetter,
  Journal,
  JournalConfig,
  JournalDeps,
  JournalRemoval,
  JournalStats,
  TenantHeld,
} from './port.ts';

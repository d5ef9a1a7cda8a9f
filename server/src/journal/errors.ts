import { errorCatalogue, failer } from '#base';

export const JOURNAL_ERRORS = errorCatalogue({
  'journal.full': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'The store has been away or too slow for long. It reopens by itself; HANOK_JOURNAL_DISK_BUDGET buys time.',
  },
  'journal.disk-full': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'Free space on the file system of the data directory; it reopens by itself.',
  },
  'journal.slow': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'The disk takes less than arrives. Senders should retry later; a faster disk mends it.',
  },
  'journal.write-failed': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'The disk refused a write or a sync. Look at the kernel log.',
  },
  'journal.uncertain': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'A sync failed and the failure could not be recorded either: after a restart the batch may still appear.',
  },
  'journal.closed': { kind: 'world', status: 503, retry: true, fix: 'The program is shutting down.' },
  'journal.batch-too-large': {
    kind: 'caller',
    status: 413,
    retry: false,
    fix: 'Send smaller requests, or raise HANOK_JOURNAL_MAX_BATCH.',
  },
  'journal.open-failed': {
    kind: 'world',
    status: 503,
    retry: false,
    fix: 'The journal directory must be readable and writable by this user.',
  },
  'journal.newer-format': {
    kind: 'caller',
    status: 503,
    retry: false,
    fix: 'A newer version wrote this journal. Start that version; nothing was changed.',
  },
  'journal.read-failed': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'The disk refused a read. After a few tries the unreadable pages are isolated and the rest goes on.',
  },
  'journal.cursor-failed': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'The consumer’s place could not be made durable; it stays where it was.',
  },
  'journal.dead-letter-failed': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'The dead-letter file could not be made durable; the entries stay in the journal.',
  },
  'journal.dead-letter-damaged': {
    kind: 'world',
    status: 500,
    retry: false,
    fix: 'The dead-letter file does not match its checksums; what could be read is named in the message.',
  },
  'journal.config': { kind: 'caller', status: 400, retry: false, fix: 'See docs/configuration.md.' },
});

export const fail = failer(JOURNAL_ERRORS);

/** The operating system's name of an error (`ENOSPC`), or an empty text. */
export function osCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function isOutOfSpace(error: unknown): boolean {
  const code = osCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

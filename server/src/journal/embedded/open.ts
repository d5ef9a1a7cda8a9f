import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isHanokError, type Sequence } from '#base';
import { checkJournalSettings } from '../config.ts';
import { fail, messageOf } from '../errors.ts';
import { nodeFileSystem } from '../fs.ts';
import type { Journal, JournalConfig, JournalDeps } from '../port.ts';
import { CURSOR_SUFFIX, type CursorState, readCursor } from './cursor.ts';
import { EmbeddedJournal } from './journal.ts';
import { recover } from './recover.ts';
import { Repeats } from './repeats.ts';

/**
 * Opens or creates the journal in `config.dir`, mending what a crash left. Rejects with `journal.open-failed`, or
 * `journal.newer-format` when a later version wrote it.
 */
export async function openJournal(config: JournalConfig, deps: JournalDeps): Promise<Journal> {
  checkJournalSettings(config);
  const { clock, meter } = deps;
  const fs = deps.fs ?? nodeFileSystem;
  const nonce = deps.nonce ?? (() => randomBytes(8).readBigUInt64LE());
  const log = deps.log.child({ journal: config.name ?? config.dir });
  try {
    await fs.makeDirectory(config.dir);
    const files = await fs.readdir(config.dir);
    const cursors = new Map<string, { generation: bigint; state: CursorState }>();
    let handledThrough: Sequence = 0n;
    for (const file of files) {
      if (!file.endsWith(CURSOR_SUFFIX)) continue;
      const found = await readCursor(fs, join(config.dir, file));
      if (!found) log.error({ file }, 'a cursor is damaged: its consumer starts again with the oldest entry kept');
      // Registered all the same: nothing may be deleted before its consumer has seen it.
      cursors.set(
        file.slice(0, -CURSOR_SUFFIX.length),
        found ?? { generation: 0n, state: { committed: 0n, begun: undefined } },
      );
      for (const known of [found?.state.committed, found?.state.begun?.last])
        if (known !== undefined && known > handledThrough) handledThrough = known;
    }
    const { ledger, tornBytes, unreadableBytes, newest } = await recover(fs, config.dir, handledThrough);
    for (const [name, cursor] of cursors) {
      if (cursor.generation === 0n)
        cursors.set(name, { ...cursor, state: { committed: ledger.oldest - 1n, begun: undefined } });
    }
    if (tornBytes > 0) log.warn({ tornBytes }, 'an unfinished write was cut off the end of the journal');
    if (unreadableBytes > 0) log.error({ unreadableBytes }, 'the end of the journal cannot be read');
    const freeBytes = await fs.freeBytes(config.dir);
    const journal = new EmbeddedJournal(config, {
      ...{ fs, clock, log, meter, nonce, ledger, cursors, freeBytes },
      repeats: new Repeats(newest, clock.monotonic()),
    });
    await journal.start(files);
    return journal;
  } catch (cause) {
    if (isHanokError(cause)) throw cause;
    throw fail('journal.open-failed', `cannot open the journal in ${config.dir}: ${messageOf(cause)}`, { cause });
  }
}

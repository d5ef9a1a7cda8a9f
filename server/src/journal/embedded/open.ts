import { randomBytes, randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { isHanokError } from '#base';
import { checkJournalSettings } from '../config.ts';
import { fail, messageOf } from '../errors.ts';
import { nodeFileSystem } from '../fs.ts';
import type { Journal, JournalConfig, JournalDeps } from '../port.ts';
import { readCursors } from './cursors.ts';
import { DamageLog } from './damage.ts';
import { openIdentity } from './identity.ts';
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
    const counter = (what: string, help: string) =>
      meter.counter(`hanok_journal_${what}_total`, help, { journal: config.name ?? basename(config.dir) });
    const damages = new DamageLog({
      ...{ fs, dir: config.dir, log },
      entries: counter('corrupt_entries', 'Acknowledged entries found damaged and left out.'),
      places: counter('damaged_places', 'Places in segments, cursors and dead letters that were not as written.'),
    });
    await damages.open();
    const { cursors, handledThrough } = await readCursors(fs, config.dir, files, damages);
    const { ledger, tornBytes, unreadableBytes, newest } = await recover(
      fs,
      config.dir,
      handledThrough,
      (file, segment, size) => damages.cut(file, segment, size),
    );
    for (const [name, cursor] of cursors) {
      if (cursor.generation === 0n)
        cursors.set(name, { ...cursor, state: { committed: ledger.oldest - 1n, begun: undefined } });
    }
    if (tornBytes > 0) log.warn({ tornBytes }, 'an unfinished write was cut off the end of the journal');
    if (unreadableBytes > 0) log.error({ unreadableBytes }, 'the end of the journal cannot be read');
    const identity = await openIdentity(files, {
      ...{ fs, dir: config.dir, clock, log },
      newId: deps.newId ?? randomUUID,
    });
    const freeBytes = await fs.freeBytes(config.dir);
    const journal = new EmbeddedJournal(config, {
      ...{ fs, clock, log, meter, nonce, ledger, cursors, freeBytes, damages, identity },
      repeats: new Repeats(newest, clock.monotonic()),
    });
    await journal.start(files);
    return journal;
  } catch (cause) {
    if (isHanokError(cause)) throw cause;
    throw fail('journal.open-failed', `cannot open the journal in ${config.dir}: ${messageOf(cause)}`, { cause });
  }
}

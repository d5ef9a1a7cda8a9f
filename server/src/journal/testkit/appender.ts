/**
 * A process to be killed: appends batches from many hands at once and consumes them, and says on standard output what
 * was promised, as soon as it was. Arguments: directory, first batch id.
 */
import { writeSync } from 'node:fs';
import { Meter, silentLog, systemClock } from '#base';
import { JOURNAL_DEFAULTS } from '../config.ts';
import { openJournal } from '../embedded/open.ts';
import { makeBatch } from './batches.ts';

const [dir, firstId] = process.argv.slice(2);
if (!dir || !firstId) throw new Error('usage: appender <directory> <first id>');
let id = Number(firstId);

// A write to a pipe returns once the reader's end holds the bytes: a killed process cannot take them back.
const say = (line: string) => writeSync(1, `${line}\n`);

const journal = await openJournal(
  { ...JOURNAL_DEFAULTS, dir, segmentBytes: 512 * 1024, recentBytes: 64 * 1024, diskReserveBytes: 0, retainMs: 0 },
  { clock: systemClock, log: silentLog, meter: new Meter() },
);
const store = await journal.source('store');
// Registered and never moved: keeps every entry for the count at the end.
await journal.source('audit');
say('open');

async function append(): Promise<never> {
  for (;;) {
    const mine = id++;
    const sequence = await journal.append(makeBatch(mine, 100 + ((mine * 977) % 8_000), `tenant-${mine % 3}`));
    say(`ack ${sequence} ${mine}`);
  }
}

async function consume(): Promise<never> {
  for (;;) {
    const pending = store.pending();
    const entries = await store.read({ maxBytes: 100_000, maxEntries: 20, ...(pending && { last: pending.last }) });
    const first = entries[0]?.sequence;
    const last = entries.at(-1)?.sequence;
    if (first === undefined || last === undefined) {
      await store.wait(1_000);
      continue;
    }
    await store.begin(first, last);
    say(`begun ${first} ${last}`);
    await store.commit(last);
    say(`committed ${last}`);
  }
}

await Promise.all([...Array.from({ length: 12 }, append), consume()]);

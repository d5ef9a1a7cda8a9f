/**
 * `npm run torture -- --lives [--cases N] [--seed S]`: many short lives of one journal, its drainer and a model of what
 * the engine remembers, in one process: killed anywhere between begin, insert and commit, injured, opened again, filled
 * again. Every batch that no injury touched must be there exactly once. A thousand cases in a minute; `--only SEED` runs
 * one of them again.
 */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Meter, silentLog } from '../server/src/base/index.ts';
import { JOURNAL_DEFAULTS, openJournal } from '../server/src/journal/index.ts';
import { batchId, ManualClock, makeBatch } from '../server/src/journal/testkit.ts';
import { Drainer } from '../server/src/store/drain.ts';
import { injure } from './corrupt/injuries.ts';
import { injured, readTruth } from './corrupt/truth.ts';
import { EngineModel } from './lives/engine-model.ts';
import { watchCases } from './lives/watchdog.ts';
import { argument } from './rounds/argument.ts';
import { type Random, randomFrom } from './rounds/random.ts';

const cases = argument('cases', 1_000);
const seed = argument('seed', Date.now() % 1_000_000);
const TABLES = [['logs'], ['spans'], ['logs', 'spans']] as const;
/** Two entries of which all of this was swapped would both be whole, in a wrong order. */
const SWAPPED_BYTES = 300;
/** More than a drainer, which lingers for nothing here, takes for all that a life appends. */
const DRAINED_WITHIN_MS = 20_000;
/** A case takes a tenth of a second; a few times the wait above. */
const CASE_WITHIN_MS = 90_000;

interface Told {
  readonly lost: number[];
  readonly spoiled: number;
  readonly doubled: number;
  readonly story: string[];
}

async function live(random: Random, dir: string): Promise<Told> {
  const clock = new ManualClock();
  const engine = new EngineModel();
  const acknowledged = new Map<number, readonly string[]>();
  const spoiled = new Set<number>();
  const story: string[] = [];
  const segmentBytes = 8 * 1024 * (1 + random.below(4));
  let id = 0;
  for (let life = 1 + random.below(4); life >= 0; life--) {
    const last = life === 0;
    clock.advance(1_000 + random.below(1_000));
    const meter = new Meter();
    const journal = await openJournal(
      { ...JOURNAL_DEFAULTS, dir, segmentBytes, diskReserveBytes: 0, recentBytes: random.below(2) * 16 * 1024 },
      { clock, log: silentLog, meter },
    );
    const source = await journal.source('store');
    const client = engine.connect(last ? undefined : random.below(12), random.fraction() < 0.5);
    const drainer = new Drainer({
      ...{ store: 'pool', client: client as never, database: 'hanok', ready: async () => {}, source },
      ...{ lingerMs: 0, maxBytes: 1_000 + random.below(30_000), clock, log: silentLog, meter },
    });
    const drained = async () => {
      for (const end = Date.now() + DRAINED_WITHIN_MS; source.lag().entries > 0 || source.pending(); ) {
        if (Date.now() > end) throw new Error('the journal is not drained');
        await new Promise(setImmediate);
      }
    };
    // As the program is started again and catches up before new requests come, or while they do.
    if (last || random.fraction() < 0.3) await Promise.race([drained(), client.crashed]);
    for (let burst = random.below(4); burst >= 0; burst--) {
      const batches = Array.from({ length: 1 + random.below(8) }, () =>
        makeBatch(id++, SWAPPED_BYTES + random.below(4_000), 'tenant-a', random.pick(TABLES)),
      );
      const done = await Promise.allSettled(batches.map((batch) => journal.append(batch)));
      for (const [i, one] of done.entries())
        if (one.status === 'fulfilled')
          acknowledged.set(
            batchId(batches[i]!),
            batches[i]!.blocks.map(({ table }) => table),
          );
      clock.advance(random.below(3));
      for (let turns = random.below(20); turns > 0; turns--) await new Promise(setImmediate);
    }
    if (last) await drained();
    client.crash();
    await drainer.close();
    const pending = source.pending();
    story.push(...engine.asked.splice(0).map((one) => `  insert ${one}`));
    story.push(
      `life: batches through ${id - 1}, journal through ${journal.stats().lastSequence}, pending ${pending ? `${pending.first}-${pending.last}` : 'none'}`,
    );
    await journal.close();
    if (last) break;
    for (let i = random.below(4); i > 0; i--) {
      const truth = await readTruth(dir, (batch) => [batchId(batch)]).catch(() => undefined);
      const injury = truth && injure(truth, random);
      if (!truth || !injury) continue;
      const entries = injured(truth);
      for (const { numbers } of entries) for (const number of numbers) spoiled.add(number);
      story.push(
        `${injury.what} in ${injury.file}: ${entries.map(({ sequence, numbers }) => `${sequence}=batch ${numbers}`).join(', ')}`,
      );
      if (injury.file.startsWith('store.')) break;
    }
  }
  const lost: number[] = [];
  for (const [number, tables] of acknowledged)
    if (!spoiled.has(number) && tables.some((table) => engine.times(table, number) === 0)) lost.push(number);
  return { lost, spoiled: spoiled.size, doubled: engine.doubled, story };
}

const began = Date.now();
const random = randomFrom(seed);
let lost = 0;
let spoiled = 0;
let doubled = 0;
let broken = 0;
const only = argument('only', -1);
// In memory where there is such a place: these are kills, not power cuts.
const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const begin = watchCases(CASE_WITHIN_MS);
for (let n = 1; n <= cases; n++) {
  const dir = mkdtempSync(join(folder, 'hanok-lives-'));
  const of = only < 0 ? random.below(2 ** 31) : only;
  begin(of);
  try {
    const told = await live(randomFrom(of), dir);
    lost += told.lost.length;
    spoiled += told.spoiled;
    doubled += told.doubled;
    if (told.lost.length + told.doubled > 0) {
      console.error(`case ${n} (seed ${of}): lost besides ${told.lost.join(', ') || 'none'}, doubled ${told.doubled}`);
      for (const line of told.story) console.error(`  ${line}`);
    }
  } catch (error) {
    broken++;
    console.error(`case ${n} (seed ${of}): ${error instanceof Error ? error.stack : String(error)}`);
  }
  rmSync(dir, { recursive: true, force: true });
  if (n % 100 === 0) console.log(`case ${n}/${cases}`);
}
console.log(`seed ${seed}, ${((Date.now() - began) / 1_000).toFixed(0)} s`);
console.log(
  `cases ${cases} broken ${broken} lost only what was damaged: ${spoiled} batches at most, lost besides ${lost} duplicated ${doubled}`,
);
process.exit(lost + doubled + broken > 0 ? 1 : 0);

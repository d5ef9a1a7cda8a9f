import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { Meter, silentLog, systemClock } from '../../server/src/base/index.ts';
import { CONTROL_CONFIG, type ControlConfig, openControl } from '../../server/src/control/index.ts';
import { TEST_LIMITS } from '../../server/src/control/testkit/index.ts';
import { JOURNAL_DEFAULTS, openJournal } from '../../server/src/journal/index.ts';
import { type Load, MARK } from './load.ts';

export interface Verdict {
  /** Records acknowledged before the cut. */
  readonly acknowledged: number;
  lost: number;
  duplicated: number;
  /** What did not open, and why. */
  readonly unopened: string[];
  /** First few findings, to look at. */
  readonly notes: string[];
}

export const newVerdict = (acknowledged: number): Verdict => ({
  acknowledged,
  lost: 0,
  duplicated: 0,
  unopened: [],
  notes: [],
});

export function note(verdict: Verdict, text: string): void {
  if (verdict.notes.length < 5) verdict.notes.push(text);
}

const controlConfig = {
  ...(Object.fromEntries(
    Object.entries(CONTROL_CONFIG).map(([key, one]) => [key, one.default]),
  ) as unknown as ControlConfig),
  passwordCost: 10,
};

/** Opens journals, cursors and control database as the program would, and holds them to what was answered by `at`. */
export async function judgeFiles(directory: string, load: Load, at: number): Promise<Verdict> {
  const due = load.sent.filter((one) => one.acknowledgedAt < at && one.kind !== 'samples');
  const verdict = newVerdict(due.reduce((sum, one) => sum + one.records, 0));
  const seen = new Map<string, number>();
  const journals = join(directory, 'journal');
  for (const name of existsSync(journals) ? readdirSync(journals) : []) {
    try {
      await readJournal(join(journals, name), name, seen, verdict);
    } catch (error) {
      verdict.unopened.push(`journal ${name}: ${String(error)}`);
    }
  }
  for (const one of due)
    for (let i = 0; i < one.records; i++) {
      if (seen.has(`${one.tenant}-${one.number}-${i}`)) continue;
      verdict.lost++;
      note(
        verdict,
        `${one.tenant}'s record ${one.number}-${i}, acknowledged at ${one.acknowledgedAt}, is not in the journal`,
      );
    }
  for (const [record, times] of seen)
    if (times > 1) {
      verdict.duplicated += times - 1;
      note(verdict, `record ${record} is ${times} times in the journal`);
    }
  try {
    await readControl(directory, load, at, verdict);
  } catch (error) {
    verdict.unopened.push(`control: ${String(error)}`);
  }
  return verdict;
}

async function readJournal(dir: string, name: string, seen: Map<string, number>, verdict: Verdict): Promise<void> {
  const deps = { clock: systemClock, log: silentLog, meter: new Meter() };
  const journal = await openJournal({ ...JOURNAL_DEFAULTS, dir, name, diskReserveBytes: 0 }, deps);
  try {
    const source = await journal.source('store');
    const pending = source.pending();
    if (pending && pending.last > journal.stats().lastSequence)
      throw new Error('the range begun ends behind the journal');
    // Nothing is trimmed within the run, so all of it can be read, handled or not.
    await journal.rewind('store', 1n);
    let last = 0n;
    for (;;) {
      const entries = await source.read({ maxBytes: Number.MAX_SAFE_INTEGER, maxEntries: Number.MAX_SAFE_INTEGER });
      if (entries.length === 0) break;
      for (const { sequence, batch } of entries) {
        if (sequence <= last) throw new Error(`${sequence} follows ${last}`);
        last = sequence;
        for (const block of batch.blocks) {
          if (block.table !== 'logs' && block.table !== 'spans') continue;
          for (const [, tenant, request, record] of Buffer.from(block.bytes).toString('latin1').matchAll(MARK)) {
            const key = `${tenant}-${request}-${record}`;
            seen.set(key, (seen.get(key) ?? 0) + 1);
            if (tenant !== batch.tenant) throw new Error(`an entry of ${batch.tenant} holds a record of ${tenant}`);
          }
        }
      }
      await source.commit(last);
    }
    for (const damage of journal.stats().corrupt.damages)
      if (damage.acknowledged) {
        verdict.lost++;
        note(verdict, `journal ${name} reports acknowledged damage: ${damage.reason}`);
      }
  } finally {
    await journal.close();
  }
}

async function readControl(directory: string, load: Load, at: number, verdict: Verdict): Promise<void> {
  const control = await openControl(controlConfig, {
    dataDir: directory,
    clock: systemClock,
    log: silentLog,
    randomBytes,
    cores: 2,
    limits: TEST_LIMITS,
    onTenant: async () => {},
    checkUrl: () => {},
  });
  try {
    const { tenants } = JSON.parse(readFileSync(join(directory, 'bootstrap.json'), 'utf8')) as {
      tenants: { id: string }[];
    };
    for (const { id } of tenants) {
      const keys = new Set((await control.keys.list(id as TenantId)).map((key) => key.id));
      for (const one of load.promised)
        if (one.tenant === id && one.acknowledgedAt < at && !keys.has(one.key)) {
          verdict.lost++;
          note(verdict, `key ${one.key}, acknowledged at ${one.acknowledgedAt}, is not in the control database`);
        }
    }
    for (const chain of [undefined, ...tenants.map(({ id }) => id)]) {
      const found = await control.audit.verify(chain);
      if (!found.ok) throw new Error(`the audit log is broken: ${JSON.stringify(found)}`);
    }
  } finally {
    await control.close();
  }
}

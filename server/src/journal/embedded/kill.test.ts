import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Meter, silentLog, systemClock } from '#base';
import { JOURNAL_DEFAULTS } from '../config.ts';
import { batchId } from '../testkit.ts';
import { openJournal } from './open.ts';

const ROUNDS = 20;
const APPENDER = fileURLToPath(new URL('../testkit/appender.ts', import.meta.url));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanok-journal-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Round {
  readonly acks: readonly (readonly [sequence: bigint, id: number])[];
  readonly committed: bigint;
}

/** Runs the appender until it has acknowledged `acks` batches, then kills it without warning. */
function round(firstId: number, acks: number): Promise<Round> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [APPENDER, dir, String(firstId)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.split('\nack ').length > acks) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      complaint += piece;
    });
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the appender ended by itself: ${complaint}`));
      // The last line may be torn: then it was not heard.
      const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
      const said = (word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.split(' '));
      resolve({
        acks: said('ack').map(([, sequence, id]) => [BigInt(sequence!), Number(id)] as const),
        committed: said('committed').reduce((most, [, last]) => (BigInt(last!) > most ? BigInt(last!) : most), 0n),
      });
    });
  });
}

describe('a process killed with SIGKILL under load', () => {
  it(`has every acknowledged batch exactly once, after ${ROUNDS} rounds`, async () => {
    const acknowledged = new Map<bigint, number>();
    let committed = 0n;
    for (let i = 0; i < ROUNDS; i++) {
      const done = await round(1 + i * 1_000_000, 1 + ((i * 37) % 120));
      for (const [sequence, id] of done.acks) {
        expect(acknowledged.has(sequence), `sequence ${sequence} given out twice`).toBe(false);
        acknowledged.set(sequence, id);
      }
      if (done.committed > committed) committed = done.committed;
    }
    const journal = await openJournal(
      { ...JOURNAL_DEFAULTS, dir, diskReserveBytes: 0 },
      { clock: systemClock, log: silentLog, meter: new Meter() },
    );
    const audit = await journal.source('audit');
    const found = new Map<number, bigint>();
    for (;;) {
      const entries = await audit.read({ maxBytes: 4_000_000, maxEntries: 1_000 });
      if (entries.length === 0) break;
      for (const { sequence, batch } of entries) {
        const id = batchId(batch);
        expect(found.has(id), `batch ${id} comes twice`).toBe(false);
        found.set(id, sequence);
      }
      await audit.commit(entries.at(-1)!.sequence);
    }
    const lost = [...acknowledged].filter(([sequence, id]) => found.get(id) !== sequence);
    expect(lost).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(ROUNDS * 10);
    // The store's own place is behind everything it was told is committed.
    const [next] = await (await journal.source('store')).read({ maxBytes: 1, maxEntries: 1 });
    expect(committed).toBeGreaterThan(0n);
    if (next) expect(next.sequence).toBeGreaterThan(committed);
    expect(journal.stats().corrupt.entries).toBe(0);
    await journal.close();
  }, 120_000);
});

import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Instance } from '../../e2e/instance.ts';
import { type Taken, taken } from '../traffic/processes.ts';

export interface Sample {
  /** By process: `main` and each engine. */
  readonly processes: Readonly<Record<string, Taken>>;
  /** Active parts of the partition that has most, and of all. */
  readonly partsMost: number;
  readonly partsMostWhere: string;
  readonly partsInAll: number;
  readonly journalMiB: number;
  readonly lagMs: number;
}

/** Looks at a instance from outside, as an operator could. */
export class Probe {
  readonly #instance: Instance;
  readonly #names = new Map<number, string>();

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  async sample(): Promise<Sample> {
    const processes: Record<string, Taken> = { main: taken(this.#instance.pid()) };
    for (const pid of this.#instance.enginePids()) {
      try {
        processes[this.#nameOf(pid)] = taken(pid);
      } catch {
        // Replaced this very moment; the next sample has its successor.
      }
    }
    const parts = await this.#parts();
    const most = parts.reduce((a, b) => (b.count > a.count ? b : a), { count: 0, where: '-' });
    const { lagMs, journalBytes } = await this.meters();
    return {
      processes,
      partsMost: most.count,
      partsMostWhere: most.where,
      partsInAll: parts.reduce((sum, one) => sum + one.count, 0),
      journalMiB: journalBytes / 1024 ** 2,
      lagMs,
    };
  }

  async meters(): Promise<{ readonly lagMs: number; readonly journalBytes: number }> {
    const text = await (await fetch(`${this.#instance.url}/metrics`)).text();
    const values = (name: string) =>
      [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+]+)`, 'gm'))].map(([, value]) => Number(value));
    return {
      lagMs: Math.max(0, ...values('hanok_store_lag_milliseconds')),
      journalBytes: values('hanok_journal_bytes').reduce((sum, one) => sum + one, 0),
    };
  }

  /** By engine, table and partition, asked of the engines themselves. */
  async #parts(): Promise<{ count: number; where: string }[]> {
    const sql =
      "SELECT table, partition, count() FROM system.parts WHERE active AND database = 'hanok' GROUP BY 1, 2 FORMAT TSV";
    const engines = join(this.#instance.dataDir, 'engines');
    const all = await Promise.all(
      readdirSync(engines).map(async (name) => {
        const text = await ask(join(engines, name, 'engine.sock'), sql).catch(() => '');
        return text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => {
            const [table, partition, count] = line.split('\t');
            return { count: Number(count), where: `${name} ${table} ${partition}` };
          });
      }),
    );
    return all.flat();
  }

  #nameOf(pid: number): string {
    let name = this.#names.get(pid);
    if (name === undefined) {
      name = /engines\/([\w-]+)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1] ?? `engine-${pid}`;
      this.#names.set(pid, name);
    }
    return name;
  }
}

function ask(socketPath: string, sql: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/', method: 'POST', timeout: 10_000 }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', reject);
    sent.end(sql);
  });
}

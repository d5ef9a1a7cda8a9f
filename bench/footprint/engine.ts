/** Asks an engine of a running instance directly, past the program's own plans: for sizes and parts. */
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../e2e/instance.ts';

export type Row = Readonly<Record<string, string | number>>;

/** One JSON object per row. */
export function ask(instance: Instance, engine: string, sql: string): Promise<Row[]> {
  const socketPath = join(instance.dataDir, 'engines', engine, 'engine.sock');
  const path = '/?wait_end_of_query=1&default_format=JSONEachRow';
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath, path, method: 'POST' }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200) return reject(new Error(text.slice(0, 500)));
        resolve(
          text
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as Row),
        );
      });
    });
    request.on('error', reject);
    request.end(sql);
  });
}

export interface Parts {
  readonly parts: number;
  readonly merges: number;
}

export async function readParts(instance: Instance, engine: string): Promise<Parts> {
  const [row] = await ask(
    instance,
    engine,
    `SELECT toUInt32((SELECT count() FROM system.parts WHERE database = 'hanok' AND active)) AS parts,
       toUInt32((SELECT count() FROM system.merges)) AS merges`,
  );
  return { parts: Number(row!['parts']), merges: Number(row!['merges']) };
}

/**
 * Waits until everything acknowledged has been inserted and no merge has run or changed the parts for `quietMs`, at most
 * `limitMs`. Returns seconds until the last change.
 */
export async function settled(instance: Instance, engine: string, quietMs: number, limitMs: number): Promise<number> {
  const began = performance.now();
  let last = '';
  let since = began;
  for (;;) {
    const { parts, merges } = await readParts(instance, engine);
    const now = performance.now();
    const state = `${parts}`;
    if (merges > 0 || state !== last) since = now;
    last = state;
    if (now - since >= quietMs || now - began > limitMs) return (since - began) / 1_000;
    await sleep(250);
  }
}

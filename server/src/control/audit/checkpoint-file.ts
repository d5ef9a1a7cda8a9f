import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readIfThere } from '../signing/key-file.ts';
import type { SignedCheckpoint } from './checkpoint.ts';

/**
 * Checkpoints outside the database: one JSON object a line. Who rewrites the database, hashes and checkpoints and all,
 * must rewrite this file too, and copies of it in backups.
 */
export const checkpointFilePath = (dataDir: string): string => join(dataDir, 'audit', 'checkpoints.jsonl');

const integer = z.number().int();
export const signedCheckpoint = z.object({
  chain: z.string(),
  seq: integer,
  hash: z.string(),
  at: integer,
  kept: integer,
  key: z.string(),
  signature: z.string(),
});

/** One line, its integers as JSON numbers; ours are far below 2^53. */
export const checkpointLine = (checkpoint: SignedCheckpoint): string =>
  `${JSON.stringify({ ...checkpoint, seq: Number(checkpoint.seq), at: Number(checkpoint.at), kept: Number(checkpoint.kept) })}\n`;

/** Durable when it returns. */
export function appendCheckpoints(dataDir: string, checkpoints: readonly SignedCheckpoint[]): void {
  if (checkpoints.length === 0) return;
  writeAndSync(checkpointFilePath(dataDir), 'a', checkpoints.map(checkpointLine).join(''));
}

/** All that can be read: a line that a power cut left half-written is none. */
export function readCheckpoints(dataDir: string): SignedCheckpoint[] {
  const text = readIfThere(checkpointFilePath(dataDir)) ?? '';
  return text.split('\n').flatMap((line) => {
    try {
      const read = signedCheckpoint.safeParse(JSON.parse(line));
      return read.success ? [read.data] : [];
    } catch {
      return [];
    }
  });
}

/** Leaves out what was noted before `cutoff` (Unix milliseconds), but for each chain's newest. */
export function shortenCheckpoints(dataDir: string, cutoff: number): void {
  const all = readCheckpoints(dataDir);
  const newest = new Map(all.map((one) => [one.chain, one]));
  const kept = all.filter((one) => Number(one.at) >= cutoff || newest.get(one.chain) === one);
  if (kept.length === all.length) return;
  const path = checkpointFilePath(dataDir);
  writeAndSync(`${path}.tmp`, 'w', kept.map(checkpointLine).join(''));
  renameSync(`${path}.tmp`, path);
}

function writeAndSync(path: string, how: 'a' | 'w', text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, how, 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

import { mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Spool } from './spool.ts';

let dir: string;
let spool: Spool;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanok-spool-'));
  spool = new Spool(dir);
});
afterEach(() => {
  spool.clear();
  rmSync(dir, { recursive: true, force: true });
});

const body = (...texts: string[]) => texts.map((text) => Buffer.from(text));
const text = (name: string) => readFileSync(join(dir, name), 'utf8');

it('writes the next body over one that was answered for, and nothing of the longer one before it is left', async () => {
  const first = await spool.write(body('a long ', 'body of two'));
  expect(text(first.name)).toBe('a long body of two');
  first.done();
  const second = await spool.write(body('short'));
  expect(second.name).toBe(first.name);
  expect(text(second.name)).toBe('short');
  second.done();
  const third = await spool.write(body('once more ', 'a long one'));
  expect(text(third.name)).toBe('once more a long one');
});

it('never writes into a file that somebody may still read', async () => {
  const first = await spool.write(body('under way'));
  const beside = await spool.write(body('beside it'));
  expect(beside.name).not.toBe(first.name);
  const reader = openSync(join(dir, first.name), 'r');
  first.abandon();
  const next = await spool.write(body('something else'));
  expect(next.name).not.toBe(first.name);
  const seen = Buffer.alloc(9);
  readSync(reader, seen, 0, 9, 0);
  expect(seen.toString()).toBe('under way');
});

it('keeps two files at most, and none after it was cleared', async () => {
  const bodies = await Promise.all(['1', '2', '3'].map((one) => spool.write(body(one))));
  for (const one of bodies) one.done();
  await expect.poll(() => readdirSync(dir).length).toBe(2);
  spool.clear();
  await expect.poll(() => readdirSync(dir)).toEqual([]);
});

it('makes a new file when an engine that started has emptied the spool', async () => {
  const first = await spool.write(body('before'));
  first.done();
  rmSync(join(dir, first.name));
  await expect(spool.write(body('after'))).rejects.toMatchObject({ code: 'ENOENT' });
  const again = await spool.write(body('after'));
  expect(text(again.name)).toBe('after');
});

it('holds a body of more pieces than one call takes', async () => {
  const pieces = Array.from({ length: 1_500 }, (_, i) => `${i},`);
  writeFileSync(join(dir, 'other'), '');
  const one = await spool.write(body(...pieces));
  expect(text(one.name)).toBe(pieces.join(''));
});

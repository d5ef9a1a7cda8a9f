import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { countedBytes } from '../../testkit/index.ts';
import { openSealer, sealingKeyPath } from './sealer.ts';

let folders: string[];
beforeEach(() => {
  folders = ['a', 'b'].map(() => mkdtempSync(join(tmpdir(), 'hanok-seal-')));
});
afterEach(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

it('opens what it sealed, after a restart too, for the same person alone', () => {
  const secret = Buffer.from('twenty bytes of that');
  const sealed = openSealer(folders[0]!, countedBytes('1')).seal(secret, 'u_1');
  expect(statSync(sealingKeyPath(folders[0]!)).mode & 0o777).toBe(0o600);
  const again = openSealer(folders[0]!, countedBytes('2'));
  expect(again.open(sealed, 'u_1')).toEqual(secret);
  expect(() => again.open(sealed, 'u_2')).toThrow();
  const spoilt = `${sealed.slice(0, -3)}${sealed.at(-3) === 'A' ? 'B' : 'A'}${sealed.slice(-2)}`;
  expect(() => again.open(spoilt, 'u_1')).toThrow();
});

it('says when the key is another one', () => {
  const sealed = openSealer(folders[0]!, countedBytes('1')).seal(Buffer.from('x'), 'u_1');
  expect(() => openSealer(folders[1]!, countedBytes('2')).open(sealed, 'u_1')).toThrow(
    expect.objectContaining({ code: 'control.sealed-elsewhere' }),
  );
});

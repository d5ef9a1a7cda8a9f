import { expect, it } from 'vitest';
import { Hash128 } from './hash.ts';

function hex(text: string, seed: number): string {
  const bytes = new TextEncoder().encode(text);
  const hash = new Hash128();
  hash.seed(seed, seed, seed, seed);
  hash.update(new DataView(bytes.buffer), 0, bytes.length);
  return [hash.a, hash.b, hash.c, hash.d].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

// Values of the reference implementation, MurmurHash3_x86_128.
it.each([
  ['', 0, '00000000000000000000000000000000'],
  ['The quick brown fox jumps over the lazy dog', 0, '2f1583c3ecee2c675d7bf66ce5e91d2c'],
])('%j with seed %d', (text, seed, expected) => {
  expect(hex(text, seed)).toBe(expected);
});

it('depends on every byte and on the length', () => {
  const seen = new Set<string>();
  for (let length = 0; length < 40; length++) {
    seen.add(hex('a'.repeat(length), 1));
    for (let i = 0; i < length; i++) seen.add(hex(`${'a'.repeat(i)}b${'a'.repeat(length - i - 1)}`, 1));
  }
  expect(seen.size).toBe(40 + (39 * 40) / 2);
});

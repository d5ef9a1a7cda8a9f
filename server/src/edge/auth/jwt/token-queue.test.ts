import { expect, it } from 'vitest';
import { TokenQueue } from './token-queue.ts';

const refused = { ok: false };

it('holds the place of a refused token until it is answered, so that a source cannot have more looked at by being wrong', async () => {
  const queue = new TokenQueue(50);
  const run = (source: string) =>
    queue.run(
      source,
      async () => refused,
      (found) => found,
    );
  const first = Array.from({ length: 64 }, () => run('a'));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(run('a')).toBeUndefined();
  expect(run('b')).toBeDefined();
  await Promise.all(first);
  expect(run('a')).toBeDefined();
});

it('answers whoever is let in at once, and gives places back after a fault of ours', async () => {
  const queue = new TokenQueue(10_000);
  expect(
    await queue.run(
      'a',
      async () => ({ ok: true }),
      (found) => found,
    ),
  ).toEqual({ ok: true });
  for (let i = 0; i < 100; i++)
    await expect(
      queue.run(
        'a',
        () => Promise.reject(new Error('bug')),
        () => refused,
      ),
    ).rejects.toThrow('bug');
});

import { expect, it } from 'vitest';
import { StoreException, StoreUnreachable } from '../clickhouse.ts';
import { Pings } from './pings.ts';

interface Sent {
  readonly signal: AbortSignal;
  answer(error?: Error): void;
}

function pingsOf(life = new AbortController().signal) {
  const sent: Sent[] = [];
  const pings = new Pings((signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => reject(signal.reason));
    sent.push({ signal, answer: (error) => (error ? reject(error) : resolve()) });
    return promise;
  }, life);
  return { pings, sent };
}

it('hears the answer to a later ping while an earlier one has none, and waits for that one no longer', async () => {
  const { pings, sent } = pingsOf();
  for (let i = 0; i < 3; i++) pings.send();
  const next = pings.next();
  sent[1]!.answer();
  expect(await next).toBe('well');
  expect(sent.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
  const after = pings.next();
  sent[2]!.answer(new StoreException(241, 'no memory'));
  expect(await after).toBe('unwell');
});

it('takes nothing for an answer that is not the engine’s own', async () => {
  const life = new AbortController();
  const { pings, sent } = pingsOf(life.signal);
  pings.send();
  pings.send();
  const next = pings.next();
  sent[0]!.answer(new StoreUnreachable('rubbish'));
  life.abort();
  expect(await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 20, 'none'))])).toBe('none');
});

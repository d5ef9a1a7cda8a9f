import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FairTurns, type TurnLimits, type TurnOptions } from './fair-turns.ts';

/** Work that ends when told, and tells in which order it began. */
function bench(limits: TurnLimits) {
  const turns = new FairTurns(limits);
  const began: string[] = [];
  const ends: Array<() => void> = [];
  const start = (source: string, name: string, options?: TurnOptions) => {
    const done = turns.run(
      source,
      () => {
        began.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      },
      options,
    );
    return done.then(
      () => 'done',
      (error: { code?: string } | string) => (typeof error === 'string' ? error : error.code),
    );
  };
  const finish = async () => {
    ends.shift()!();
    await turn();
  };
  return { start, finish, began };
}

describe('FairTurns', () => {
  it('lets one from elsewhere in before the many of one source', async () => {
    const { start, finish, began } = bench({ running: 1, runningOfOne: 1, waitingOfOne: 8, waiting: 16 });
    for (let n = 0; n < 6; n++) void start('flood', `f${n}`);
    void start('home', 'h0');
    void start('home', 'h1');
    for (let n = 0; n < 5; n++) await finish();
    expect(began).toEqual(['f0', 'f1', 'h0', 'f2', 'h1', 'f3']);
  });

  it('refuses what is too much of one source, and begins none of it', async () => {
    const { start, finish, began } = bench({ running: 3, runningOfOne: 2, waitingOfOne: 3, waiting: 16 });
    const answers = Array.from({ length: 10 }, (_, n) => start('flood', `f${n}`));
    expect(await Promise.all(answers.slice(5))).toEqual(Array(5).fill('control.busy'));
    for (let n = 0; n < 5; n++) await finish();
    expect(await Promise.all(answers.slice(0, 5))).toEqual(Array(5).fill('done'));
    expect(began).toHaveLength(5);
  });

  it('when full, takes a place from the source with most, and from nobody who has as few', async () => {
    const { start, finish, began } = bench({ running: 1, runningOfOne: 1, waitingOfOne: 4, waiting: 6 });
    void start('x', 'running');
    const flood = ['a', 'a', 'a', 'a', 'b', 'b'].map((source, n) => start(source, `${source}${n}`));
    const home = start('home', 'h');
    expect(await flood[3]).toBe('control.busy');
    // Now a 3, b 2, home 1: one more of b would have as many as a.
    expect(await start('b', 'b-more')).toBe('control.busy');
    for (let n = 0; n < 4; n++) await finish();
    expect(await home).toBe('done');
    expect(began.slice(0, 4)).toEqual(['running', 'a0', 'b4', 'h']);
  });

  it('leaves a place free for somebody from elsewhere', async () => {
    const { start, finish, began } = bench({ running: 2, runningOfOne: 1, waitingOfOne: 8, waiting: 16 });
    for (let n = 0; n < 4; n++) void start('flood', `f${n}`);
    void start('home', 'h0');
    expect(began).toEqual(['f0', 'h0']);
    void start('home', 'h1');
    await finish();
    expect(began).toEqual(['f0', 'h0', 'f1']);
    await finish();
    expect(began).toEqual(['f0', 'h0', 'f1', 'h1']);
  });

  it('lets those who are known go first, and the others not wait for ever', async () => {
    const { start, finish, began } = bench({ running: 1, runningOfOne: 1, waitingOfOne: 8, waiting: 8 });
    void start('x', 'running');
    for (let n = 0; n < 8; n++) void start(`flood ${n}`, `f${n}`);
    for (let n = 0; n < 5; n++) void start(`person ${n}`, `p${n}`, { known: true });
    for (let n = 0; n < 9; n++) await finish();
    expect(began).toEqual(['running', 'p0', 'p1', 'p2', 'f0', 'p3', 'p4', 'f1', 'f2', 'f3']);
  });

  it('has places for those who are known that no crowd of others takes', async () => {
    const { start } = bench({ running: 1, runningOfOne: 1, waitingOfOne: 1, waiting: 3 });
    void start('x', 'running');
    for (let n = 0; n < 3; n++) void start(`flood ${n}`, `f${n}`);
    expect(await start('one more', 'f3')).toBe('control.busy');
    const known = Array.from({ length: 4 }, (_, n) => start(`person ${n}`, `p${n}`, { known: true }));
    expect(await known[3]).toBe('control.busy');
  });

  it('gives up the place of those for whom nobody waits any more', async () => {
    const { start, finish, began } = bench({ running: 1, runningOfOne: 1, waitingOfOne: 4, waiting: 4 });
    const gone = new AbortController();
    void start('a', 'running', { signal: gone.signal });
    const left = Array.from({ length: 4 }, (_, n) => start('flood', `f${n}`, { signal: gone.signal }));
    gone.abort('gone');
    expect(await Promise.all(left)).toEqual(Array(4).fill('gone'));
    void start('home', 'h1');
    await finish();
    expect(began).toEqual(['running', 'h1']);
    expect(await start('late', 'l', { signal: gone.signal })).toBe('gone');
  });

  it('goes on after work that failed', async () => {
    const turns = new FairTurns({ running: 1, runningOfOne: 1, waitingOfOne: 4, waiting: 4 });
    await expect(turns.run('a', () => Promise.reject(new Error('bad')))).rejects.toThrow('bad');
    expect(await turns.run('a', async () => 1)).toBe(1);
  });
});

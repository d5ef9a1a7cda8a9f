import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { type FeedDeps, followShared, type News } from './shared-feed.ts';

// Node's own locks and channels, between "tabs" of one process.
let open: AbortController[] = [];
let listening = 0;
let tellers: Array<(news: News) => void> = [];
const deps = (locks: FeedDeps['locks'] = navigator.locks): FeedDeps => ({
  locks,
  openChannel: (name) => new BroadcastChannel(name) as ReturnType<FeedDeps['openChannel']>,
  listen: async (signal, tell) => {
    listening++;
    tellers.push(tell);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    tellers = tellers.filter((one) => one !== tell);
    listening--;
  },
});

function tab(name: string, use = deps()) {
  const stop = new AbortController();
  open.push(stop);
  const news: string[] = [];
  followShared(name, use, stop.signal, (one) => news.push(one.kind === 'picture' ? one.text : one.kind));
  return { news, leave: () => stop.abort() };
}

const settled = () => pause(30);

afterEach(async () => {
  for (const stop of open) stop.abort();
  open = [];
  await settled();
  tellers = [];
});

it('listens once for ten tabs, and all of them hear', async () => {
  const tabs = Array.from({ length: 10 }, () => tab('one a'));
  await settled();
  expect(listening).toBe(1);
  tellers[0]?.({ kind: 'picture', text: 'first' });
  await settled();
  expect(tabs.map(({ news }) => news)).toEqual(Array.from({ length: 10 }, () => ['first']));
  // Nothing changes since: one that joins must not wait for the next change.
  const late = tab('one a');
  await settled();
  expect(late.news).toEqual(['first']);
});

it('goes on in another tab when the one that listens leaves', async () => {
  const first = tab('two a');
  const second = tab('two a');
  await settled();
  first.leave();
  await settled();
  expect(listening).toBe(1);
  tellers[0]?.({ kind: 'picture', text: 'after' });
  await settled();
  expect(second.news).toEqual(['after']);
  expect(first.news).toEqual([]);
});

it('tells other tabs that the stream broke, and nothing to those of another tenant', async () => {
  tab('three a');
  const second = tab('three a');
  const other = tab('three b');
  await settled();
  expect(listening).toBe(2);
  tellers[0]?.({ kind: 'lost' });
  await settled();
  expect(second.news).toEqual(['lost']);
  expect(other.news).toEqual([]);
});

it('listens in every tab where there are no locks', async () => {
  tab('four a', { ...deps(), locks: undefined });
  tab('four a', { ...deps(), locks: undefined });
  await settled();
  expect(listening).toBe(2);
});

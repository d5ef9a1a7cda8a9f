import { describe, expect, it } from 'vitest';
import { type AwayReason, ConnectionState } from './connection.ts';

/** A server that can be switched off, time that is moved by hand, and a count of the probes. */
function stage() {
  const timers: Array<{ at: number; run: () => void }> = [];
  const world = { now: 1_000, up: true as boolean, reason: 'unreachable' as AwayReason, probes: 0 };
  const state = new ConnectionState({
    now: () => world.now,
    probe: async () => {
      world.probes++;
      return world.up ? 'answered' : world.reason;
    },
    later: (run, ms) => {
      const timer = { at: world.now + ms, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
    },
  });
  const settle = async () => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const pass = async (ms: number) => {
    const end = world.now + ms;
    for (;;) {
      const due = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      timers.splice(timers.indexOf(due), 1);
      world.now = due.at;
      due.run();
      await settle();
    }
    world.now = end;
  };
  return { state, world, pass, settle };
}

describe('ConnectionState', () => {
  it('asks whether anybody is there when a call fails, and says since when nobody is', async () => {
    const { state, world, settle } = stage();
    state.answered();
    world.now = 3_000;
    world.up = false;
    state.suspect();
    await settle();
    expect(state.current().away).toEqual({ since: 3_000, lastAnswer: 1_000, reason: 'unreachable' });
    expect(world.probes).toBe(1);
  });

  it('believes a server that answers the probe: one broken call is no outage', async () => {
    const { state, settle } = stage();
    state.suspect();
    await settle();
    expect(state.current().away).toBeUndefined();
  });

  it('probes only while it is away, ever more seldom, and tells once when it is back', async () => {
    const { state, world, pass, settle } = stage();
    let back = 0;
    let changes = 0;
    state.onBack(() => back++);
    state.subscribe(() => changes++);
    await pass(60_000);
    expect(world.probes).toBe(0);
    world.up = false;
    state.suspect();
    await settle();
    // After 1, 2, 4, 8, 10, 10, 10 seconds.
    await pass(46_000);
    expect(world.probes).toBe(8);
    expect([back, changes]).toEqual([0, 1]);
    world.up = true;
    await pass(10_000);
    expect(state.current().away).toBeUndefined();
    expect([back, changes]).toEqual([1, 2]);
    const { probes } = world;
    await pass(60_000);
    expect(world.probes).toBe(probes);
  });

  it('is back with any answer, and forgets the planned probe', async () => {
    const { state, world, pass, settle } = stage();
    world.up = false;
    state.suspect();
    await settle();
    state.answered();
    expect(state.current().away).toBeUndefined();
    await pass(60_000);
    expect(world.probes).toBe(1);
  });

  it('notices a server that takes calls and never answers', async () => {
    const { state, world, pass } = stage();
    state.answered();
    world.up = false;
    world.reason = 'silent';
    const ended = state.watch();
    await pass(9_000);
    expect(state.current().away).toBeUndefined();
    await pass(2_000);
    expect(state.current().away).toMatchObject({ reason: 'silent', lastAnswer: 1_000 });
    ended();
  });

  it('is not made suspicious by a slow call while others are answered, nor by one that ended', async () => {
    const { state, world, pass } = stage();
    const ended = state.watch();
    for (let i = 0; i < 6; i++) {
      await pass(5_000);
      state.answered();
    }
    ended();
    await pass(60_000);
    expect(world.probes).toBe(0);
  });

  it('asks at once when the person comes back', async () => {
    const { state, world, pass, settle } = stage();
    world.up = false;
    state.suspect();
    await pass(30_000);
    const { probes } = world;
    world.up = true;
    state.askNow();
    await settle();
    expect(world.probes).toBe(probes + 1);
    expect(state.current().away).toBeUndefined();
  });
});

import { describe, expect, it, vi } from 'vitest';
import { createKeyboard, type KeyLike, type Shortcut } from './registry.ts';

function key(code: string, change: Partial<KeyLike> = {}): KeyLike {
  return {
    code,
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    isComposing: false,
    keyCode: 0,
    ...change,
  };
}

function setUp(...list: Array<Pick<Shortcut, 'keys'> & Partial<Shortcut>>) {
  let time = 0;
  const keyboard = createKeyboard(() => time);
  const runs = list.map(() => vi.fn());
  const stop = keyboard.register(
    list.map((item, i) => ({ label: 'app.keys.help', group: 'app.keys.go', run: runs[i] ?? vi.fn(), ...item })),
  );
  return { keyboard, runs, stop, wait: (ms: number) => (time += ms) };
}

describe('keyboard', () => {
  it('matches the place of a key, whatever layout types', () => {
    const { keyboard, runs } = setUp({ keys: 'j' }, { keys: '?' }, { keys: '/' });
    keyboard.handle(key('KeyJ'), false);
    keyboard.handle(key('Slash', { shiftKey: true }), false);
    expect(runs.map((run) => run.mock.calls.length)).toEqual([1, 1, 0]);
  });

  it('never acts while Hangul is being composed', () => {
    const { keyboard, runs } = setUp({ keys: 'Enter', inInputs: true });
    expect(keyboard.handle(key('Enter', { isComposing: true }), true)).toBe(false);
    expect(keyboard.handle(key('Enter', { keyCode: 229 }), true)).toBe(false);
    expect(runs[0]).not.toHaveBeenCalled();
    expect(keyboard.handle(key('Enter'), true)).toBe(true);
  });

  it('reads two strokes and forgets the first one', () => {
    const { keyboard, runs, wait } = setUp({ keys: 'g s' }, { keys: 's' });
    keyboard.handle(key('KeyG'), false);
    keyboard.handle(key('KeyS'), false);
    expect(runs.map((run) => run.mock.calls.length)).toEqual([1, 0]);
    keyboard.handle(key('KeyG'), false);
    wait(2_000);
    keyboard.handle(key('KeyS'), false);
    expect(runs.map((run) => run.mock.calls.length)).toEqual([1, 1]);
  });

  it('leaves inputs alone unless told otherwise', () => {
    const { keyboard, runs } = setUp({ keys: 'j' }, { keys: 'mod+k', inInputs: true });
    expect(keyboard.handle(key('KeyJ'), true)).toBe(false);
    expect(keyboard.handle(key('KeyK', { ctrlKey: true }), true)).toBe(true);
    expect(keyboard.handle(key('KeyK', { metaKey: true }), true)).toBe(true);
    expect(runs[1]).toHaveBeenCalledTimes(2);
  });

  it('keeps keys that scroll what has the focus for when nothing has it', () => {
    const { keyboard, runs } = setUp({ keys: 'ArrowDown', unfocused: true }, { keys: 'j' });
    expect(keyboard.handle(key('ArrowDown'), false, true)).toBe(false);
    expect(keyboard.handle(key('ArrowDown'), false, false)).toBe(true);
    expect(keyboard.handle(key('KeyJ'), false, true)).toBe(true);
    expect(runs.map((run) => run.mock.calls.length)).toEqual([1, 1]);
  });

  it('gives a key to the newest layer, and back when it closes', () => {
    const { keyboard, runs } = setUp({ keys: 'Escape' });
    const panel = vi.fn();
    const close = keyboard.register([{ keys: 'Escape', label: 'app.keys.help', group: 'app.keys.screen', run: panel }]);
    keyboard.handle(key('Escape'), false);
    expect([panel.mock.calls.length, runs[0]?.mock.calls.length]).toEqual([1, 0]);
    close();
    keyboard.handle(key('Escape'), false);
    expect([panel.mock.calls.length, runs[0]?.mock.calls.length]).toEqual([1, 1]);
  });
});

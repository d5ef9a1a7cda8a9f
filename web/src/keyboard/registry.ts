import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { MessageId } from '../i18n/index.ts';

/**
 * The one place that knows the keyboard: it dispatches, and the `?` sheet and tooltips read it. Letters are
 * matched by `event.code`, the place of the key, so that `j` works while the Korean layout would type `ㅓ`.
 */
export interface Shortcut {
  /** `j`, `?`, `Enter`, `Escape`, `mod+k`, `shift+Enter`, or two strokes: `g s`. */
  readonly keys: string;
  readonly label: MessageId;
  readonly group: 'app.keys.everywhere' | 'app.keys.go' | 'app.keys.lists' | 'app.keys.screen';
  run(): void;
  /** Also while an input has the focus (for `mod+…` and `Escape`). */
  readonly inInputs?: boolean;
  /** Only while nothing has the focus: for keys that scroll or walk what has it. Not listed: it is another key's twin. */
  readonly unfocused?: boolean;
}

interface Stroke {
  readonly code: string;
  readonly shift: boolean;
  readonly mod: boolean;
}

const CODES: Readonly<Record<string, string>> = {
  '/': 'Slash',
  '[': 'BracketLeft',
  ']': 'BracketRight',
  '.': 'Period',
  ',': 'Comma',
  Enter: 'Enter',
  Escape: 'Escape',
  ArrowUp: 'ArrowUp',
  ArrowDown: 'ArrowDown',
  ArrowLeft: 'ArrowLeft',
  ArrowRight: 'ArrowRight',
  Home: 'Home',
  End: 'End',
  Space: 'Space',
};

export function parseStroke(text: string): Stroke {
  const parts = text.split('+');
  const key = parts.at(-1) ?? '';
  const shift = parts.includes('shift');
  const mod = parts.includes('mod');
  if (key === '?') return { code: 'Slash', shift: true, mod };
  if (/^[a-z]$/.test(key)) return { code: `Key${key.toUpperCase()}`, shift, mod };
  if (/^\d$/.test(key)) return { code: `Digit${key}`, shift, mod };
  const code = CODES[key];
  if (!code) throw new Error(`No key is called ${key}`);
  return { code, shift, mod };
}

interface Registered {
  readonly shortcut: Shortcut;
  readonly strokes: readonly Stroke[];
}

export interface KeyLike {
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly keyCode: number;
}

/** After this the first stroke of `g s` is forgotten. */
const SEQUENCE_MS = 1_200;

/** An IME is at work: the key belongs to the word being written. 229 is how browsers mark its first key. */
export function isComposing(event: Pick<KeyLike, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === 229;
}

export function createKeyboard(now: () => number) {
  let registered: readonly Registered[] = [];
  let pending: { readonly stroke: Stroke; readonly at: number } | undefined;
  const listeners = new Set<() => void>();

  function register(shortcuts: readonly Shortcut[]): () => void {
    const added: Registered[] = shortcuts.map((shortcut) => ({
      shortcut,
      strokes: shortcut.keys.split(' ').map(parseStroke),
    }));
    const gone = new Set(added);
    registered = [...registered, ...added];
    for (const listener of listeners) listener();
    return () => {
      registered = registered.filter((candidate) => !gone.has(candidate));
      for (const listener of listeners) listener();
    };
  }

  /** Runs the newest shortcut that fits, so that an open panel takes `Escape` before the screen below it. */
  function handle(event: KeyLike, inInput: boolean, focused = inInput): boolean {
    if (isComposing(event) || event.altKey) return false;
    const pressed: Stroke = { code: event.code, shift: event.shiftKey, mod: event.ctrlKey || event.metaKey };
    const allowed = registered.filter(
      ({ shortcut }) => (!inInput || shortcut.inInputs === true) && !(focused && shortcut.unfocused === true),
    );
    const first = pending && now() - pending.at < SEQUENCE_MS ? pending.stroke : undefined;
    pending = undefined;
    const whole = first
      ? allowed.findLast(({ strokes: [a, b] }) => a && b && same(a, first) && same(b, pressed))
      : undefined;
    const single = whole ?? allowed.findLast(({ strokes: [a, b] }) => a && !b && same(a, pressed));
    if (single) {
      single.shortcut.run();
      return true;
    }
    if (allowed.some(({ strokes: [a, b] }) => a && b && same(a, pressed))) {
      pending = { stroke: pressed, at: now() };
      return true;
    }
    return false;
  }

  return {
    register,
    handle,
    list: (): readonly Registered[] => registered,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function same(a: Stroke, b: Stroke): boolean {
  return a.code === b.code && a.shift === b.shift && a.mod === b.mod;
}

const keyboard = createKeyboard(() => performance.now());

const TYPING =
  'input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable=true]';

/** Starts listening on the window. Components that handle a key themselves call `preventDefault`. */
export function listenToKeyboard(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : null;
    // Dialogs and menus have keys of their own; Escape is theirs while they are open.
    if (
      target?.closest('dialog, [popover], [role=dialog], [role=menu], [role=listbox]') &&
      !(event.metaKey || event.ctrlKey)
    )
      return;
    // Enter and Space belong to a focused button or link.
    if ((event.code === 'Enter' || event.code === 'Space') && target?.closest('button, a[href], summary')) return;
    const focused = target !== null && target !== document.body && target !== document.documentElement;
    if (keyboard.handle(event, target?.closest(TYPING) != null, focused)) event.preventDefault();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}

/**
 * Registers shortcuts while the component is mounted. `run` may close over anything: the latest render's
 * functions are used, and only a change of keys or labels registers anew.
 */
export function useShortcuts(shortcuts: readonly Shortcut[], enabled = true): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const shape = shortcuts
    .map(
      (shortcut) => `${shortcut.keys}:${shortcut.label}:${shortcut.inInputs === true}:${shortcut.unfocused === true}`,
    )
    .join('|');
  useEffect(() => {
    if (!enabled || shape === '') return;
    return keyboard.register(
      latest.current.map((shortcut, index) => ({ ...shortcut, run: () => latest.current[index]?.run() })),
    );
  }, [shape, enabled]);
}

/** Everything that works right now, for the `?` sheet. */
export function useRegisteredShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(keyboard.subscribe, keyboard.list)
    .map(({ shortcut }) => shortcut)
    .filter((shortcut) => shortcut.unfocused !== true);
}

const APPLE = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);
const SHOWN: Readonly<Record<string, string>> = {
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  mod: APPLE ? '⌘' : 'Ctrl',
  shift: APPLE ? '⇧' : 'Shift',
};

/** `g s` as the caps to draw: `[['G'], ['S']]`. */
export function keyCaps(keys: string): readonly (readonly string[])[] {
  return keys
    .split(' ')
    .map((stroke) => stroke.split('+').map((key) => SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key)));
}

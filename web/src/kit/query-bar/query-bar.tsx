import type { Signal } from '@hanok/contract';
import {
  type ClipboardEvent,
  type ComponentType,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { CompletionSource } from '../../api/completion.ts';
import { hasHidden } from '../../format/visible.ts';
import { Icon } from '../icon.tsx';
import type { EditorProps } from './editor.tsx';
import { queryFault } from './fault.ts';
import { oneLine } from './one-line.ts';
import styles from './query-bar.module.css';

export interface QueryWords {
  readonly label: string;
  readonly placeholder: string;
  readonly clear: string;
}

interface Props {
  readonly value: string;
  readonly signal: Signal;
  readonly words: QueryWords;
  readonly completion: CompletionSource;
  /** The text of a query that parses; called on Enter and when the bar loses focus with a changed text. */
  readonly onRun: (text: string) => void;
  readonly id?: string;
  /** The screen itself says what is wrong with `value`; the bar speaks only of what was typed since. */
  readonly faultBelow?: boolean;
}

/**
 * Where a query is written. A plain input until the editor has been loaded, which begins when the bar is focused. The
 * input stays in the document, and keeps what is typed, pasted or composed, until the editor has taken text, selection
 * and focus over in one step; a word that is being composed is finished in the input first. A query that cannot be
 * read is never run, its fault is shown under the character.
 */
export function QueryBar({ value, signal, words, completion, onRun, id, faultBelow = false }: Props) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const [taken, setTaken] = useState(false);
  const handed = useRef(false);
  const { Editor, load, onCompositionStart, onCompositionEnd } = useEditor();
  const faultId = useId();
  // The address repeats what was run here; adopting that would undo what has been typed since.
  const known = useRef(value);
  useEffect(() => {
    if (value === known.current) return;
    known.current = value;
    setText(value);
  }, [value]);

  useEffect(() => {
    // An input cannot show what is not seen, and lets it turn the query around.
    if (hasHidden(value)) load();
  }, [value, load]);

  const fault = useMemo(() => queryFault(text), [text]);
  const run = useCallback(
    (wanted: string) => {
      if (queryFault(wanted)) return;
      known.current = wanted.trim();
      onRun(wanted.trim());
    },
    [onRun],
  );
  const onTaken = useCallback(() => {
    handed.current = true;
    setTaken(true);
  }, []);
  const onPaste = (event: ClipboardEvent<HTMLInputElement>) => {
    const pasted = event.clipboardData.getData('text/plain');
    if (!pasted.includes('\n')) return;
    // An input would join the lines without a space between them.
    event.preventDefault();
    const { selectionStart, selectionEnd } = event.currentTarget;
    event.currentTarget.setRangeText(oneLine(pasted), selectionStart ?? 0, selectionEnd ?? 0, 'end');
    setText(event.currentTarget.value);
  };

  return (
    <div ref={bar} className={styles.bar} data-fault={fault ? '' : undefined}>
      <Icon name="search" className={styles.glass} />
      {!taken && (
        <input
          ref={input}
          id={id}
          className={styles.input}
          type="text"
          spellCheck={false}
          autoComplete="off"
          value={text}
          placeholder={words.placeholder}
          aria-label={words.label}
          aria-invalid={fault !== undefined}
          aria-describedby={fault ? faultId : undefined}
          data-search
          onFocus={load}
          onBlur={() => !handed.current && run(text)}
          onPaste={onPaste}
          onCompositionStart={onCompositionStart}
          onCompositionEnd={onCompositionEnd}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === 'Enter') run(text);
            else if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
      )}
      {Editor && (
        <Editor
          value={text}
          input={input}
          signal={signal}
          words={words}
          completion={completion}
          faultId={fault ? faultId : undefined}
          onTaken={onTaken}
          onChange={setText}
          onRun={run}
          {...(id === undefined ? {} : { id })}
        />
      )}
      {text !== '' && (
        <button
          type="button"
          className={styles.clear}
          aria-label={words.clear}
          title={words.clear}
          onClick={() => {
            setText('');
            run('');
            bar.current?.querySelector<HTMLElement>('[data-search]')?.focus();
          }}
        >
          <Icon name="close" size={14} />
        </button>
      )}
      {fault && !(faultBelow && text === value) && (
        <p id={faultId} className={styles.fault} role="status">
          <strong>{fault.message}</strong> {fault.fix}
        </p>
      )}
    </div>
  );
}

/** Loads the editor on demand and offers it at a moment when no word is being composed in the input. */
function useEditor() {
  const [Editor, setEditor] = useState<ComponentType<EditorProps> | undefined>();
  const loaded = useRef<ComponentType<EditorProps> | undefined>(undefined);
  const loading = useRef(false);
  const composing = useRef(false);
  const offer = useCallback(() => {
    const found = loaded.current;
    if (found && !composing.current) setEditor(() => found);
  }, []);
  const load = useCallback(() => {
    if (loading.current) return;
    loading.current = true;
    import('./editor.tsx').then(
      (module) => {
        loaded.current = module.default;
        offer();
      },
      () => {
        // The plain input goes on doing its work; the next focus tries again.
        loading.current = false;
      },
    );
  }, [offer]);
  const onCompositionStart = useCallback(() => {
    composing.current = true;
  }, []);
  const onCompositionEnd = useCallback(() => {
    composing.current = false;
    // Hangul begins its next syllable within the same key press; only a pause is a moment to change.
    setTimeout(offer);
  }, [offer]);
  return { Editor, load, onCompositionStart, onCompositionEnd };
}

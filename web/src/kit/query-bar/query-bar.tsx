import type { Signal } from '@hanok/contract';
import { lazy, Suspense, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import { queryFault } from './fault.ts';
import styles from './query-bar.module.css';

const Editor = lazy(() => import('./editor.tsx'));

export interface QueryWords {
  readonly label: string;
  readonly placeholder: string;
  readonly clear: string;
}

/** Values and fields known to the server, for completion. */
export interface CompletionSource {
  fields(prefix: string): Promise<ReadonlyArray<{ readonly name: string; readonly type: string }>>;
  values(field: string, prefix: string): Promise<ReadonlyArray<{ readonly value: string; readonly count: number }>>;
}

interface Props {
  readonly value: string;
  readonly signal: Signal;
  readonly words: QueryWords;
  readonly completion: CompletionSource;
  /** The text of a query that parses; called on Enter and when the bar loses focus with a changed text. */
  readonly onRun: (text: string) => void;
  readonly id?: string;
}

/**
 * Where a query is written. A plain input until it is focused, so that no editor is loaded by who only looks; a query
 * that cannot be read is never run, its fault is shown under the character.
 */
export function QueryBar({ value, signal, words, completion, onRun, id }: Props) {
  const [text, setText] = useState(value);
  const [editing, setEditing] = useState(false);
  const fallback = useRef<HTMLInputElement>(null);
  const faultId = useId();
  useEffect(() => setText(value), [value]);

  const fault = useMemo(() => queryFault(text), [text]);
  const run = useCallback(
    (wanted: string) => {
      if (!queryFault(wanted)) onRun(wanted.trim());
    },
    [onRun],
  );

  const plain = (
    <input
      ref={fallback}
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
      onFocus={() => setEditing(true)}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) run(text);
      }}
    />
  );
  return (
    <div className={styles.bar} data-fault={fault ? '' : undefined}>
      <svg className={styles.glass} viewBox="0 0 16 16" aria-hidden="true">
        <path
          d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm3.4 7.9 3.1 3.1"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.6"
          strokeLinecap="round"
        />
      </svg>
      {editing ? (
        <Suspense fallback={plain}>
          <Editor
            value={text}
            signal={signal}
            words={words}
            completion={completion}
            faultId={fault ? faultId : undefined}
            onChange={setText}
            onRun={run}
            {...(id === undefined ? {} : { id })}
          />
        </Suspense>
      ) : (
        plain
      )}
      {text !== '' && (
        <button
          type="button"
          className={styles.clear}
          aria-label={words.clear}
          title={words.clear}
          onClick={() => {
            setText('');
            onRun('');
          }}
        >
          ×
        </button>
      )}
      {fault && (
        <p id={faultId} className={styles.fault} role="status">
          <strong>{fault.message}</strong> {fault.fix}
        </p>
      )}
    </div>
  );
}

import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeCompletion,
  completionStatus,
  selectedCompletionIndex,
  setSelectedCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { EditorState, Prec, type Range } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  highlightSpecialChars,
  keymap,
  placeholder,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';
import type { Signal } from '@hanok/contract';
import { complete, escapeName, formatValue } from '@hanok/contract/query';
import { lex, type TokenKind } from '@hanok/contract/query/lexer';
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import type { CompletionSource } from '../../api/completion.ts';
import { hiddenPattern, visibleName } from '../../format/visible.ts';
import { queryFault } from './fault.ts';
import { oneLine } from './one-line.ts';
import styles from './query-bar.module.css';
import type { QueryWords } from './query-bar.tsx';

export interface EditorProps {
  readonly value: string;
  /** Written in until now: its text, selection and focus are taken over when the editor appears. */
  readonly input: RefObject<HTMLInputElement | null>;
  readonly signal: Signal;
  readonly words: QueryWords;
  readonly completion: CompletionSource;
  readonly faultId: string | undefined;
  /** The editor has what the input had; the input may go. */
  readonly onTaken: () => void;
  readonly onChange: (text: string) => void;
  readonly onRun: (text: string) => void;
  readonly id?: string;
}

const CLASSES: Readonly<Partial<Record<TokenKind, string | undefined>>> = {
  field: styles.tokenField,
  operator: styles.tokenOperator,
  phrase: styles.tokenPhrase,
  regex: styles.tokenRegex,
  and: styles.tokenKeyword,
  or: styles.tokenKeyword,
  not: styles.tokenKeyword,
  minus: styles.tokenKeyword,
  error: styles.tokenError,
};

/** Colours tokens and underlines the place of a fault. A query is short, so the whole text is done each time. */
function decorate(text: string): DecorationSet {
  const marks: Range<Decoration>[] = [];
  for (const token of lex(text)) {
    const name = CLASSES[token.kind] ?? (token.value ? styles.tokenValue : undefined);
    if (name && token.length > 0) marks.push(Decoration.mark({ class: name }).range(token.at, token.at + token.length));
  }
  const fault = queryFault(text);
  if (fault && text.length > 0) {
    const from = Math.min(fault.at, text.length - 1);
    marks.push(
      Decoration.mark({ class: styles.underlined! }).range(
        from,
        Math.min(text.length, Math.max(from + 1, fault.at + fault.length)),
      ),
    );
  }
  return Decoration.set(marks, true);
}

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = decorate(view.state.doc.toString());
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = decorate(update.state.doc.toString());
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function completer(signal: Signal, source: CompletionSource) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const found = complete(context.state.doc.toString(), context.pos, signal);
    if (found.kind === 'none') return null;
    if (found.kind === 'value' && found.field !== undefined) {
      // Their counts order them, but count resources of one field and samples of another: they are not shown.
      const known = await source.values(found.field, found.prefix).catch(() => []);
      const seen = new Set(found.items);
      return {
        from: found.from,
        to: found.to,
        filter: false,
        options: [
          ...found.items.map((value) => ({ label: value, apply: formatValue(value), type: 'constant' })),
          ...known
            .filter((one) => !seen.has(one.value))
            .map((one) => ({
              label: one.value,
              displayLabel: visibleName(one.value),
              apply: formatValue(one.value),
              type: 'text',
            })),
        ],
      };
    }
    const known = await source.fields(found.prefix).catch(() => []);
    const seen = new Set(found.items);
    const field = (name: string) => (/^(?:AND|OR|NOT)$/.test(name) ? `${name} ` : `${escapeName(name)}:`);
    return {
      from: found.from,
      to: found.to,
      filter: false,
      options: [
        ...found.items.map((name) => ({ label: name, apply: field(name), type: 'property' })),
        ...known
          .filter((one) => !seen.has(one.name))
          .map((one) => ({
            label: one.name,
            displayLabel: visibleName(one.name),
            apply: field(one.name),
            detail: one.type,
            type: 'property',
          })),
      ],
    };
  };
}

/** Characters that are not seen stand in the query as escapes; what is run has them as they are. */
const unseen = highlightSpecialChars({
  specialChars: hiddenPattern(),
  render(code) {
    const chip = document.createElement('span');
    chip.className = styles.escape!;
    chip.textContent = visibleName(String.fromCodePoint(code));
    return chip;
  },
});

/** Where a proposal is taken by Tab: a value, or a name of which something was written. Else Tab leads on. */
function takesProposal({ state }: EditorView, signal: Signal): boolean {
  const { kind, prefix } = complete(state.doc.toString(), state.selection.main.head, signal);
  return kind === 'value' || (kind === 'field' && (prefix !== '' || selectedCompletionIndex(state) !== null));
}

function takeProposal(editor: EditorView): boolean {
  if (selectedCompletionIndex(editor.state) === null) editor.dispatch({ effects: setSelectedCompletion(0) });
  return acceptCompletion(editor);
}

/** The editor behind the query bar: one line, coloured, completing from what the tenant really sends. */
export default function Editor(props: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  // The view is made once; it reads the newest props from here.
  const latest = useRef(props);
  latest.current = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the view lives as long as the element; see `latest`
  useLayoutEffect(() => {
    const input = props.input.current;
    // What the input holds, not what was last rendered: a key may have come in between.
    const text = input?.value ?? props.value;
    const backward = input?.selectionDirection === 'backward';
    const [start, end] = [input?.selectionStart ?? text.length, input?.selectionEnd ?? text.length];
    const focused = input === document.activeElement;
    const run = (editor: EditorView) => {
      // Enter that ends a Hangul syllable is the input method's, not ours.
      if (editor.composing) return false;
      closeCompletion(editor);
      latest.current.onRun(editor.state.doc.toString());
      return true;
    };
    // Tab came before the proposals did: the first is taken when they are there, unless something else happens before.
    let awaited = false;
    const take = (editor: EditorView) => {
      if (editor.composing) return false;
      if (!takesProposal(editor, props.signal)) {
        // The focus goes on to what stands behind the bar, not into the list of proposals.
        closeCompletion(editor);
        return false;
      }
      const status = completionStatus(editor.state);
      awaited = status === 'pending';
      return awaited || (status === 'active' && takeProposal(editor));
    };
    const leave = (one: EditorView) => {
      one.contentDOM.blur();
      return true;
    };
    const editor = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: text,
        selection: { anchor: backward ? end : start, head: backward ? start : end },
        extensions: [
          EditorState.transactionFilter.of((transaction) =>
            transaction.newDoc.lines > 1
              ? [
                  transaction,
                  {
                    changes: {
                      from: 0,
                      to: transaction.newDoc.length,
                      insert: oneLine(transaction.newDoc.toString()),
                    },
                    sequential: true,
                  },
                ]
              : transaction,
          ),
          history(),
          placeholder(props.words.placeholder),
          colours,
          unseen,
          autocompletion({
            override: [
              completer(props.signal, {
                fields: (prefix) => latest.current.completion.fields(prefix),
                values: (name, prefix) => latest.current.completion.values(name, prefix),
              }),
            ],
            icons: false,
            // Enter runs what was typed and takes a proposal only when it was walked to; Tab takes that or the first.
            selectOnOpen: false,
            interactionDelay: 0,
            // A name leads on to its values.
            activateOnCompletion: (taken) => taken.type === 'property',
            activateOnTyping: true,
            closeOnBlur: true,
          }),
          Prec.high(
            keymap.of([
              { key: 'Mod-Enter', run },
              { key: 'Tab', run: take },
            ]),
          ),
          keymap.of([{ key: 'Enter', run }, { key: 'Escape', run: leave }, ...historyKeymap, ...defaultKeymap]),
          EditorView.contentAttributes.of({
            'aria-label': props.words.label,
            'data-search': '',
            spellcheck: 'false',
            ...(props.id === undefined ? {} : { id: props.id }),
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) {
              awaited = false;
              latest.current.onChange(update.state.doc.toString());
            }
            if (!awaited || completionStatus(update.state) === 'pending') return;
            awaited = false;
            if (completionStatus(update.state) === 'active') queueMicrotask(() => takeProposal(update.view));
          }),
          EditorView.domEventHandlers({
            blur(_, one) {
              latest.current.onRun(one.state.doc.toString());
            },
          }),
        ],
      }),
    });
    view.current = editor;
    // The input's own blur must not run a half-written query.
    latest.current.onTaken();
    if (focused) editor.focus();
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== props.value)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.value } });
  }, [props.value]);
  useEffect(() => {
    const content = view.current?.contentDOM;
    if (!content) return;
    content.setAttribute('aria-invalid', props.faultId ? 'true' : 'false');
    if (props.faultId) content.setAttribute('aria-describedby', props.faultId);
    else content.removeAttribute('aria-describedby');
  }, [props.faultId]);

  return <div ref={place} className={styles.editor} />;
}

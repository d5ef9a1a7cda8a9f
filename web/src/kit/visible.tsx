import { Fragment } from 'react';
import { hasHidden, piecesOf } from '../format/visible.ts';
import styles from './visible.module.css';

/**
 * A text from telemetry: characters that cannot be seen, and could turn a line around or make two names look the same,
 * stand there as marked escapes. `name`: it stands in one line, so line ends and tabs are escapes too.
 */
export function Visible({ text, name = false }: { readonly text: string; readonly name?: boolean }) {
  if (!hasHidden(text) && !(name && /[\t\n\r]/.test(text))) return text;
  let at = 0;
  return piecesOf(text, name).map((piece) => {
    const key = at;
    at += piece.text.length;
    return piece.code === undefined ? (
      <Fragment key={key}>{piece.text}</Fragment>
    ) : (
      <span key={key} className={styles.escape} title={piece.code}>
        {piece.text}
      </span>
    );
  });
}

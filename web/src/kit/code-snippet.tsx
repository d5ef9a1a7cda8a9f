import styles from './code-snippet.module.css';
import { Copy } from './copy.tsx';

interface Part {
  readonly at: number;
  readonly text: string;
  readonly own: boolean;
}

/** Text between ⟪ and ⟫ is the reader's own value. */
function split(code: string): Part[] {
  let at = 0;
  return code.split(/⟪(.*?)⟫/g).map((text, index) => {
    const part = { at, text, own: index % 2 === 1 };
    at += text.length + 1;
    return part;
  });
}

/** Something to paste elsewhere, with a button that copies it; the reader's own values in it are lit. */
export function CodeSnippet({
  code,
  label,
  onCopied,
}: {
  code: string;
  label: string;
  onCopied?: (() => void) | undefined;
}) {
  return (
    <section className={styles.frame} aria-label={label}>
      <div className={styles.copy}>
        <Copy text={code.replace(/[⟪⟫]/g, '')} onCopied={onCopied} />
      </div>
      <pre className={styles.code}>
        <code>{split(code).map((part) => (part.own ? <mark key={part.at}>{part.text}</mark> : part.text))}</code>
      </pre>
    </section>
  );
}

import { useState } from 'react';
import { t } from '../i18n/index.ts';
import { Copy } from './copy.tsx';
import styles from './text-block.module.css';
import { useNarrow } from './use-narrow.ts';
import { Visible } from './visible.tsx';

/**
 * A text of many lines, such as a stack trace, over the whole width: lines stay whole and scroll, since frames are compared
 * from one to the next, until the reader has them broken. A text of one line, and any on a phone, is broken from the start. Copying gives it as
 * it was sent; `shown` may be a part of it.
 */
export function TextBlock({
  text,
  shown = text,
  label,
}: {
  readonly text: string;
  readonly shown?: string;
  readonly label: string;
}) {
  const lines = text.includes('\n');
  const narrow = useNarrow();
  const [wrap, setWrap] = useState(!lines || narrow);
  return (
    <div className={styles.block}>
      <pre
        className={styles.text}
        data-wrap={wrap || undefined}
        // Scrolled with the arrow keys.
        tabIndex={0}
        role="region"
        aria-label={label}
      >
        <Visible text={shown} />
      </pre>
      <div className={styles.actions}>
        {lines && (
          <button type="button" className={styles.wrap} aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
            {t('kit.text.wrap')}
          </button>
        )}
        <Copy text={text} />
      </div>
    </div>
  );
}

import { t } from '../i18n/index.ts';
import styles from './exception.module.css';
import { TextBlock } from './text-block.tsx';
import { Visible } from './visible.tsx';

/** What went wrong, as it stands over everything else that is known of a span or a line: kind, words, stack. */
export function Exception({
  title,
  when,
  message,
  stack,
}: {
  readonly title: string;
  /** The time of the log line that tells of it. */
  readonly when?: string | undefined;
  readonly message: string;
  readonly stack: string;
}) {
  return (
    <div className={styles.exception} data-exception="">
      <p>
        <strong>
          <Visible text={title} name />
        </strong>{' '}
        {when && <span className={styles.when}>{when}</span>}
      </p>
      {message !== '' && (
        <p className={styles.message}>
          <Visible text={message} />
        </p>
      )}
      {stack !== '' && (
        <div className={styles.stack}>
          <TextBlock text={stack} label={t('kit.exception.stack')} />
        </div>
      )}
    </div>
  );
}

import { visibleText } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../button.tsx';
import { Icon } from '../icon.tsx';
import states from '../states.module.css';
import styles from './explorer.module.css';

interface Props {
  readonly query: string;
  /** UTF-16 code units from the query's beginning. */
  readonly at: number;
  readonly length: number;
  readonly message: string;
  readonly fix: string | undefined;
  readonly onClear: () => void;
}

/** A query that cannot be read: the query itself with the place of the fault marked, what is wrong and how to mend it. */
export function QueryFaultState({ query, at, length, message, fix, onClear }: Props) {
  const from = Math.max(0, Math.min(at, query.length));
  const to = Math.max(from + 1, from + length);
  return (
    <div className={states.state} role="alert">
      <Icon name="warning" size={22} className={states.bad} />
      <h2 className={states.title}>{t('kit.query.fault')}</h2>
      <pre className={styles.faultQuery}>
        {visibleText(query.slice(0, from))}
        <mark>{visibleText(query.slice(from, to)) || ' '}</mark>
        {visibleText(query.slice(to))}
      </pre>
      <p className={states.why}>{message}</p>
      {fix && <p className={states.fix}>{fix}</p>}
      <div className={states.actions}>
        <Button onClick={onClear}>{t('kit.query.clear')}</Button>
      </div>
    </div>
  );
}

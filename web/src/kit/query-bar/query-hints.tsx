import type { Hint } from '@hanok/contract';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import styles from './query-bar.module.css';

/** What the server noticed about a query that it could answer, such as a field that nobody sent. */
export function QueryHints({ hints }: { hints: readonly Hint[] | undefined }) {
  const texts = (hints ?? []).flatMap(textOf);
  if (texts.length === 0) return null;
  return (
    <div className={styles.hints} role="status">
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </div>
  );
}

/** Nothing for hints that this browser's version has no words for. */
function textOf({ code, values }: Hint): string[] {
  if (code !== 'query.unknown-field') return [];
  const field = visibleName(String(values['field'] ?? ''));
  const nearest = visibleName(String(values['nearest'] ?? ''));
  return [nearest === '' ? t('kit.hint.unknown', { field }) : t('kit.hint.nearest', { field, nearest })];
}

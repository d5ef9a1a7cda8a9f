import type { AuditRow } from '../../api/admin-queries.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { changedName, changedValue, changesOf } from './audit-words.ts';
import styles from './settings.module.css';

/** What an entry changed, value by value: before and after. */
export function AuditDiff({ row }: { readonly row: AuditRow }) {
  const changes = changesOf(row);
  if (changes.length === 0) return null;
  return (
    <table className={styles.diff}>
      <thead>
        <tr>
          <th scope="col">{t('settings.audit.changed')}</th>
          <th scope="col">{t('settings.audit.before')}</th>
          <th scope="col">{t('settings.audit.after')}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ name, from, to }) => (
          <tr key={name}>
            <th scope="row">{visibleName(changedName(name))}</th>
            <td className={styles.was}>{visibleName(changedValue(name, from))}</td>
            <td className={styles.is}>{visibleName(changedValue(name, to))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

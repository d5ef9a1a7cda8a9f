import { REMOVAL_STEPS, type RemovedTable, type TenantDeletion } from '@hanok/contract';
import { formatInstant } from '../../format/instants.ts';
import { formatExact } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../kit/icon.tsx';
import { join } from '../../kit/join.ts';
import styles from './tenants.module.css';

/** When a tenant goes, or how far its removal is. */
export function DeletionProgress({ deletion }: { deletion: TenantDeletion }) {
  const { progress, state } = deletion;
  return (
    <section className={styles.deletion} aria-live="polite">
      <h3 className={styles.deletionTitle}>
        {state === 'scheduled'
          ? t('tenants.deletion.scheduled', { at: formatInstant(deletion.dueAt) })
          : t('tenants.deletion.removing')}
      </h3>
      <p className={styles.faint}>
        {t('tenants.deletion.scheduledWhy', {
          who: deletion.requestedBy,
          asked: formatInstant(deletion.requestedAt),
          reason: deletion.reason,
        })}
      </p>
      {deletion.trouble !== null && (
        <p className={styles.refusal} role="alert">
          <Icon name="warning" size={14} />
          {t('tenants.deletion.trouble', { what: deletion.trouble })}
        </p>
      )}
      {state === 'removing' && (
        <>
          <Steps deletion={deletion} />
          {progress.journal.goneAt !== null && (
            <p className={styles.faint}>
              {t('tenants.deletion.goneAt', { at: formatInstant(progress.journal.goneAt) })}
            </p>
          )}
          <Tables tables={progress.tables} />
        </>
      )}
    </section>
  );
}

function Steps({ deletion: { progress } }: { deletion: TenantDeletion }) {
  const at = REMOVAL_STEPS.indexOf(progress.step);
  return (
    <ol className={styles.steps} aria-label={t('tenants.deletion.steps')}>
      {REMOVAL_STEPS.map((step, index) => {
        const state = index < at ? 'done' : index === at ? 'now' : 'later';
        return (
          <li
            key={step}
            className={join(styles.step, styles[state])}
            aria-current={state === 'now' ? 'step' : undefined}
          >
            <Icon name={state === 'done' ? 'check' : state === 'now' ? 'play' : 'minus'} size={14} />
            <span>{t(`tenants.deletion.step.${step}`)}</span>
            <span className="visually-hidden">{t(`tenants.deletion.state.${state}`)}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Tables({ tables }: { tables: readonly RemovedTable[] }) {
  if (tables.length === 0) return null;
  return (
    <ul className={styles.tables} aria-label={t('tenants.deletion.tables')}>
      {tables.map(({ table, rows, removed }) => (
        <li key={table}>
          <code>{table}</code>
          <progress max={Math.max(1, rows)} value={removed} aria-label={table} />
          <span>{t('tenants.deletion.rows', { removed: formatExact(removed), rows: formatExact(rows) })}</span>
        </li>
      ))}
    </ul>
  );
}

import type { MetricInfo } from '@hanok/contract';
import { formatInstant } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { join } from '../../kit/join.ts';
import { formKey } from './forms.ts';
import { TypeBadge } from './metric-head.tsx';
import styles from './metric-view.module.css';
import { unitName } from './units.ts';

interface Props {
  readonly forms: readonly MetricInfo[];
  readonly shown: MetricInfo;
  readonly onChoose: (form: MetricInfo) => void;
}

/** One name, sent in several types, temporalities or units: which is shown, and the others to choose from. */
export function FormChoice({ forms, shown, onChoose }: Props) {
  const current = formKey(shown);
  return (
    <div className={styles.forms} role="group" aria-label={t('metrics.forms.choose')}>
      <p>{t('metrics.forms', { count: forms.length })}</p>
      <div>
        {forms.map((form) => {
          const key = formKey(form);
          return (
            <button
              key={key}
              type="button"
              aria-pressed={key === current}
              className={join(styles.form, key === current && styles.formOn)}
              onClick={() => onChoose(form)}
            >
              <TypeBadge metric={form} />
              {form.type !== 'gauge' && form.type !== 'summary' && (
                <span>{t(`metrics.temporality.${form.temporality}`)}</span>
              )}
              {form.units.some((unit) => unit !== '') && (
                <span>{form.units.map((unit) => unitName(unit) || unit).join(', ')}</span>
              )}
              <span>{t('metrics.series', { count: form.series })}</span>
              <span>{t('metrics.forms.latest', { time: formatInstant(form.lastSeen) })}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { certificateQuery, certificateUrl } from '../../api/tenant-queries.ts';
import { formatBytes, formatExact } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { CodeSnippet } from '../../kit/code-snippet.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Failure, Skeleton } from '../../kit/states.tsx';
import styles from './tenants.module.css';

/** What a removed tenant left. */
export function CertificateView({ id }: { id: string }) {
  const found = useQuery(certificateQuery(id));
  if (found.isPending) return <Skeleton rows={4} />;
  if (found.isError) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  const { tenant, store, journal, verification } = found.data.certificate;
  const rows = store.tables.reduce((sum, one) => sum + one.rows, 0);
  return (
    <div className={styles.stack}>
      <h3 className={styles.deletionTitle}>{t('tenants.gone.title', { id: tenant.id })}</h3>
      <p>
        {store.counted
          ? t('tenants.gone.why', {
              rows: formatExact(rows),
              tables: store.tables.length,
              bytes: formatBytes(journal.bytes),
              found: verification.rows,
            })
          : t('tenants.gone.uncounted')}
      </p>
      <a className={styles.download} href={certificateUrl(id)} download={`${id}.json`}>
        <Icon name="external" size={14} />
        {t('tenants.gone.download')}
      </a>
      <CodeSnippet label={t('tenants.gone.verify')} code={`npm run hanok -- certificate verify ${id}.json`} />
    </div>
  );
}

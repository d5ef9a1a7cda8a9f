import { useMutation } from '@tanstack/react-query';
import { type AuditChain, auditExportUrl, verifyAudit } from '../../api/admin-queries.ts';
import { formatExact } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { Copy } from '../../kit/copy.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Refusal } from './parts.tsx';
import styles from './settings.module.css';

/** Recomputes the chain of hashes over every entry, and looks at the signed checkpoints. */
export function VerifyAudit({ tenant, chain }: { readonly tenant: string; readonly chain: AuditChain }) {
  const checking = useMutation({ mutationFn: () => verifyAudit(tenant, chain) });
  const found = checking.data;
  return (
    <Panel
      title={t('settings.verify')}
      hint={t(chain === 'operators' ? 'settings.audit.chain.operators' : 'settings.audit.chain.tenant')}
      actions={
        <>
          <a className={styles.download} href={auditExportUrl(tenant, chain)} download>
            {t('settings.verify.export')}
          </a>
          <Button size="s" icon="check" disabled={checking.isPending} onClick={() => checking.mutate()}>
            {t(checking.isPending ? 'settings.verify.running' : 'settings.verify.run')}
          </Button>
        </>
      }
    >
      <div className={styles.stack} role="status">
        {!found && !checking.error && <p className={styles.prose}>{t('settings.verify.what')}</p>}
        <Refusal error={checking.error} />
        {found?.ok && (
          <>
            <p className={styles.good}>
              <Icon name="check" size={16} />
              {t('settings.verify.ok', { count: formatExact(found.rows), signed: formatExact(found.checkpoints) })}
            </p>
            <p className={styles.hash}>
              {t('settings.verify.head', { seq: formatExact(found.head.seq) })} <code>{found.head.hash}</code>
              <Copy text={`${found.head.seq} ${found.head.hash}`} />
            </p>
          </>
        )}
        {found?.broken && (
          <p className={styles.refusal} role="alert">
            <Icon name="warning" size={14} />
            <span>
              {t('settings.verify.broken', { seq: formatExact(found.broken.seq) })}{' '}
              {t(`settings.verify.code.${found.broken.code}`)}
            </span>
          </p>
        )}
      </div>
    </Panel>
  );
}

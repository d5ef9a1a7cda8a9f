import type { TenantView } from '@hanok/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../../api/client.ts';
import { tenantQuery, undeleteTenant } from '../../api/tenant-queries.ts';
import { formatInstantFull } from '../../format/instants.ts';
import { formatBytes, formatExact, formatRate } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Empty, Failure, Skeleton } from '../../kit/states.tsx';
import { toast } from '../../kit/toast.tsx';
import { type Act, Refusal, useAct } from './acts.tsx';
import { CertificateView } from './certificate-view.tsx';
import { EngineDot, OWN, StatusBadge } from './columns.tsx';
import { DeletionProgress } from './deletion-progress.tsx';
import styles from './tenants.module.css';

/** One tenant, while it lives, while it is removed, and what is left of it. */
export function TenantDetails({
  id,
  onAct,
  onClose,
}: {
  id: string;
  onAct: ((act: Act) => void) | undefined;
  onClose: () => void;
}) {
  const found = useQuery(tenantQuery(id));
  const gone = found.error instanceof ApiError ? found.error : undefined;
  const certificate = gone?.status === 410 ? String(gone.values?.['certificate'] ?? '') : '';
  const view = found.isError ? undefined : found.data;
  return (
    <Dialog
      size="l"
      title={view ? visibleName(view.name) : id}
      onClose={onClose}
      footer={<Button onClick={onClose}>{t('tenants.close')}</Button>}
    >
      {certificate !== '' ? (
        <CertificateView id={certificate} />
      ) : gone?.status === 404 ? (
        <Empty title={t('tenants.details.missing')} why={t('tenants.details.missingWhy', { id })} />
      ) : found.isError ? (
        <Failure error={found.error} onRetry={() => void found.refetch()} />
      ) : view === undefined ? (
        <Skeleton rows={6} />
      ) : (
        <Facts view={view} onAct={onAct} />
      )}
    </Dialog>
  );
}

function Facts({ view, onAct }: { view: TenantView; onAct: ((act: Act) => void) | undefined }) {
  const { deletion, suspension, retentionDays: days, limits, live } = view;
  const undeleting = useAct(
    () => undeleteTenant(view.id),
    () => toast(t('tenants.undelete.done', { name: visibleName(view.name) })),
  );
  // Operators who may only read have no acts.
  const act = (what: Act['what']) => onAct?.({ what, tenant: view });
  return (
    <div className={styles.stack}>
      {deletion && <DeletionProgress deletion={deletion} />}
      <dl className={styles.facts}>
        <Fact name={t('tenants.status')}>
          <StatusBadge status={view.status} />
        </Fact>
        <Fact name={t('tenants.id')}>
          <code>{view.id}</code>
        </Fact>
        {suspension && (
          <Fact name={t('tenants.details.suspended')}>
            {t('tenants.details.by', { at: formatInstantFull(suspension.at), who: suspension.by })}
            {suspension.reason !== '' && <> · {t('tenants.details.because', { reason: suspension.reason })}</>}
          </Fact>
        )}
        <Fact name={t('tenants.details.store')}>
          <span className={styles.engine}>
            <EngineDot engine={live.engine} />
            {t(`tenants.mode.${view.mode}`)} · {t(`tenants.engine.${live.engine}`)}
          </span>
        </Fact>
        <Fact name={t('tenants.details.ingest')}>
          {t('tenants.details.ingestText', {
            rate: formatRate(live.ingest.recordsPerSecond, 's'),
            refused: formatExact(live.ingest.refused),
          })}
        </Fact>
        <Fact name={t('tenants.last')}>
          {live.ingest.lastAt === null ? t('tenants.never') : formatInstantFull(live.ingest.lastAt)}
        </Fact>
        <Fact name={t('tenants.retention')}>{t('tenants.retention.why', days)}</Fact>
        <Fact name={t('tenants.details.limits')}>
          {t('tenants.details.limitsText', {
            records: formatExact(limits.recordsPerSecond),
            bytes: formatBytes(limits.bytesPerSecond),
          })}
        </Fact>
        <Fact name={t('tenants.created')}>{formatInstantFull(view.createdAt)}</Fact>
      </dl>
      {onAct && (
        <div className={styles.acts}>
          {deletion?.state === 'scheduled' && (
            <Button tone="primary" disabled={undeleting.isPending} onClick={() => undeleting.mutate()}>
              {t('tenants.undelete')}
            </Button>
          )}
          {!deletion && <Button onClick={() => act('rename')}>{t('tenants.rename')}</Button>}
          {view.id !== OWN && view.status === 'active' && (
            <Button icon="pause" onClick={() => act('suspend')}>
              {t('tenants.suspend')}
            </Button>
          )}
          {view.status === 'suspended' && (
            <Button icon="play" onClick={() => act('resume')}>
              {t('tenants.resume')}
            </Button>
          )}
          {view.id !== OWN && !deletion && (
            <Button icon="trash" tone="danger" onClick={() => act('delete')}>
              {t('tenants.delete')}
            </Button>
          )}
        </div>
      )}
      <Refusal error={undeleting.error} />
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

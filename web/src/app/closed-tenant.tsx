import type { MeResponse } from '@hanok/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { closeTenant, openTenant } from '../api/admin-queries.ts';
import { may } from '../api/may.ts';
import { refreshRights } from '../api/rights.ts';
import { formatClock } from '../format/instants.ts';
import { t } from '../i18n/index.ts';
import { Button } from '../kit/button.tsx';
import { errorText } from '../kit/error-text.ts';
import { SelectField, TextField } from '../kit/field.tsx';
import { Icon } from '../kit/icon.tsx';
import { usePageTitle } from '../kit/page-title.ts';
import { Panel } from '../kit/panel.tsx';
import { toast } from '../kit/toast.tsx';
import styles from './closed-tenant.module.css';
import notice from './notices.module.css';

const LEAST_REASON = 8;

/** An operator in a tenant that is not theirs: nothing of it is shown until they open it, with a reason that the tenant reads. */
export function ClosedTenant({ tenant, me }: { tenant: string; me: MeResponse }) {
  usePageTitle(t('app.closed.page'));
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [role, setRole] = useState<'viewer' | 'admin'>('viewer');
  const [minutes, setMinutes] = useState('60');
  const opening = useMutation({
    mutationFn: () => openTenant(tenant, { reason: reason.trim(), role, minutes: Number(minutes) }),
    // The answers of before said that the tenant is closed.
    onSuccess: () => refreshRights(client, tenant),
  });
  const isReady =
    reason.trim().length >= LEAST_REASON && /^[1-9]\d?$/.test(minutes) && Number(minutes) <= 60 && !opening.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) opening.mutate();
  };
  return (
    <div className={styles.screen}>
      <Panel title={t('app.closed.title', { name: me.tenant?.name ?? tenant })}>
        <p>{t('app.closed.why')}</p>
        {may(me, 'tenant-access.write') ? (
          <form className={styles.form} onSubmit={submit}>
            <TextField
              label={t('app.closed.reason')}
              value={reason}
              maxLength={500}
              autoFocus
              onChange={(event) => setReason(event.target.value)}
            />
            <div className={styles.choices}>
              <SelectField
                label={t('app.closed.role')}
                value={role}
                options={(['viewer', 'admin'] as const).map((value) => ({ value, label: t(`app.role.${value}`) }))}
                onChange={(event) => setRole(event.target.value === 'admin' ? 'admin' : 'viewer')}
              />
              <TextField
                className={styles.minutes}
                label={t('app.closed.minutes')}
                value={minutes}
                inputMode="numeric"
                onChange={(event) => setMinutes(event.target.value)}
              />
            </div>
            {opening.error && <p role="alert">{errorText(opening.error)}</p>}
            <div className={styles.foot}>
              <Button tone="primary" type="submit" disabled={!isReady}>
                {t('app.closed.open')}
              </Button>
            </div>
          </form>
        ) : (
          <p>{t('app.closed.denied')}</p>
        )}
      </Panel>
    </div>
  );
}

/** Says as long as it lasts that a tenant is open to an operator, and ends it. */
export function OpenTenantBanner({ tenant, me }: { tenant: string; me: MeResponse }) {
  const client = useQueryClient();
  const ending = useMutation({
    mutationFn: () => closeTenant(tenant),
    onSuccess: () => refreshRights(client, tenant),
    onError: (error) => toast(errorText(error), 'bad'),
  });
  const { until, role } = me.tenant ?? {};
  if (!until) return null;
  return (
    <div className={notice.notice} data-level="info">
      <Icon name="user" />
      <span>
        {t('app.open.until', {
          role: t(role === 'admin' ? 'app.role.admin' : 'app.role.viewer'),
          at: formatClock(Number(BigInt(until) / 1_000_000n), false),
        })}
      </span>
      <Button size="s" onClick={() => ending.mutate()} disabled={ending.isPending}>
        {t('app.open.end')}
      </Button>
    </div>
  );
}

import type { Permission, TokenRow } from '@hanok/contract';
import { INSTANCE_PERMISSIONS, TENANT_PERMISSIONS } from '@hanok/contract/access/permissions';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { revokeToken, serviceAccountsQuery, tokensQuery } from '../../../api/access-queries.ts';
import { may } from '../../../api/may.ts';
import { formatAgo, formatInstant, formatInstantFull } from '../../../format/instants.ts';
import { t } from '../../../i18n/index.ts';
import { Badge } from '../../../kit/badge.tsx';
import { Button } from '../../../kit/button.tsx';
import { Dialog } from '../../../kit/dialog.tsx';
import type { Column } from '../../../kit/grid/column.ts';
import { DataGrid } from '../../../kit/grid/data-grid.tsx';
import { Panel } from '../../../kit/panel.tsx';
import { Empty, Failure, Skeleton } from '../../../kit/states.tsx';
import { toast } from '../../../kit/toast.tsx';
import { Confirm, NotYours } from '../parts.tsx';
import type { SectionProps } from '../sections.ts';
import settings from '../settings.module.css';
import styles from './access.module.css';
import { PermissionMatrix } from './permission-matrix.tsx';
import { ServiceAccounts } from './service-accounts.tsx';
import { TokenDialog } from './token-dialog.tsx';
import { stateOf } from './token-state.ts';

/** API tokens of the tenant, and the service accounts that own some of them. */
export function TokensSection(props: SectionProps) {
  return (
    <>
      <Tokens {...props} of="tenant" />
      <ServiceAccounts {...props} />
    </>
  );
}

/** API tokens of the installation. */
export function InstanceTokensSection(props: SectionProps) {
  return <Tokens {...props} of="installation" />;
}

const TONES = { active: 'ok', expired: 'warn', revoked: 'neutral' } as const;

function Tokens({ tenant, me, of }: SectionProps & { of: 'tenant' | 'installation' }) {
  const client = useQueryClient();
  const tokens = useQuery(tokensQuery(tenant, of));
  const [making, setMaking] = useState(false);
  const [shown, setShown] = useState<TokenRow | undefined>();
  const [leaving, setLeaving] = useState<TokenRow | undefined>();
  const [withOver, setWithOver] = useState(false);
  const ofTenant = of === 'tenant';
  const mayChange = may(me, ofTenant ? 'tokens.write' : 'instance-tokens.write');
  const permissions: readonly Permission[] = ofTenant ? TENANT_PERMISSIONS : INSTANCE_PERMISSIONS;
  const title = t(ofTenant ? 'settings.tokens' : 'settings.instance-tokens');
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: tokensQuery(tenant, of).queryKey }),
      client.invalidateQueries({ queryKey: serviceAccountsQuery(tenant).queryKey }),
    ]);
  const revoking = useMutation({
    mutationFn: (token: TokenRow) => revokeToken(tenant, of, token.id),
    onSuccess: async (_, { name }) => {
      setLeaving(undefined);
      toast(t('tokens.revokedDone', { name }));
      await again();
    },
  });
  const now = Date.now();
  const all = tokens.data?.tokens ?? [];
  const over = all.filter((token) => stateOf(token, now) !== 'active').length;
  const rows = withOver ? all : all.filter((token) => stateOf(token, now) === 'active');
  const make = (
    <Button tone="primary" size="s" icon="plus" onClick={() => setMaking(true)}>
      {t('tokens.make')}
    </Button>
  );
  const columns: Column<TokenRow>[] = [
    {
      id: 'name',
      header: t('access.name'),
      width: 150,
      narrow: 110,
      grow: 2,
      fixed: true,
      cell: (token) => (
        <Button
          size="s"
          tone="quiet"
          className={styles.inCell ?? ''}
          aria-label={t('tokens.showNamed', { name: token.name })}
          title={`${token.prefix}…`}
          onClick={() => setShown(token)}
        >
          <strong className={settings.strong}>{token.name}</strong>
        </Button>
      ),
    },
    {
      id: 'owner',
      header: t('tokens.owner'),
      width: 150,
      narrow: 'hide',
      grow: 1,
      cell: (token) => (
        <span className={settings.cut} title={token.owner.name}>
          {token.owner.name}
          {token.owner.kind === 'service-account' && (
            <span className={settings.faint}> {t('tokens.serviceAccount')}</span>
          )}
        </span>
      ),
    },
    {
      id: 'permissions',
      header: t('tokens.permissions'),
      width: 100,
      narrow: 'hide',
      cell: (token) => (
        <span title={token.permissions.join('\n')}>
          {t('roles.allowsCount', { count: token.permissions.length, all: permissions.length })}
        </span>
      ),
    },
    {
      id: 'networks',
      header: t('tokens.networks'),
      width: 130,
      narrow: 'hide',
      cell: (token) =>
        token.networks.length === 0 ? (
          <span className={settings.faint}>{t('tokens.networksAny')}</span>
        ) : (
          <span className={settings.cut} title={token.networks.join('\n')}>
            {token.networks.join(', ')}
          </span>
        ),
    },
    {
      id: 'expires',
      header: t('tokens.expires'),
      width: 140,
      narrow: 'hide',
      cell: (token) =>
        token.expiresAt ? (
          <time title={formatInstantFull(token.expiresAt)}>{formatInstant(token.expiresAt)}</time>
        ) : (
          <Badge tone="warn">{t('tokens.never')}</Badge>
        ),
    },
    {
      id: 'used',
      header: t('tokens.used'),
      width: 110,
      narrow: 'hide',
      cell: (token) =>
        token.lastUsedAt ? (
          <time title={formatInstantFull(token.lastUsedAt)}>{formatAgo(token.lastUsedAt, now)}</time>
        ) : (
          <span className={settings.faint}>{t('tokens.unused')}</span>
        ),
    },
    {
      id: 'state',
      header: t('access.state'),
      width: 90,
      narrow: 80,
      cell: (token) => {
        const state = stateOf(token, now);
        return <Badge tone={TONES[state]}>{t(`tokens.state.${state}`)}</Badge>;
      },
    },
    ...(mayChange
      ? [
          {
            id: 'act',
            header: t('settings.actions'),
            width: 90,
            align: 'end' as const,
            fixed: true,
            cell: (token: TokenRow) =>
              token.revokedAt === null && (
                <Button
                  size="s"
                  tone="quiet"
                  aria-label={t('tokens.revokeNamed', { name: token.name })}
                  onClick={() => setLeaving(token)}
                >
                  {t('access.revoke')}
                </Button>
              ),
          },
        ]
      : []),
  ];
  return (
    <>
      <Panel flush title={title} hint={t(ofTenant ? 'tokens.hint' : 'tokens.instanceHint')} actions={mayChange && make}>
        {!mayChange && <NotYours>{t('tokens.readOnlyWhy')}</NotYours>}
        {tokens.isError ? (
          <Failure error={tokens.error} onRetry={() => void tokens.refetch()} />
        ) : tokens.isPending ? (
          <Skeleton rows={3} />
        ) : rows.length === 0 ? (
          <Empty title={t('tokens.noneYet')} why={t('tokens.noneYetWhy')} />
        ) : (
          <DataGrid
            label={title}
            layoutName={`settings.tokens.${of}`}
            columns={columns}
            rows={rows}
            rowId={(token) => token.id}
            rowHeight={38}
            maxHeight={560}
          />
        )}
        {over > 0 && (
          <div className={settings.foot}>
            <Button size="s" tone="quiet" pressed={withOver} onClick={() => setWithOver(!withOver)}>
              {withOver ? t('tokens.hideOver') : t('tokens.showOver', { count: over })}
            </Button>
          </div>
        )}
      </Panel>
      {making && (
        <TokenDialog tenant={tenant} me={me} of={of} onMade={() => void again()} onClose={() => setMaking(false)} />
      )}
      {shown && (
        <Dialog title={t('tokens.details', { name: shown.name })} size="l" onClose={() => setShown(undefined)}>
          <div className={settings.stack}>
            <dl className={settings.facts}>
              {factsOf(shown).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
            <PermissionMatrix permissions={permissions} chosen={new Set(shown.permissions)} />
          </div>
        </Dialog>
      )}
      {leaving && (
        <Confirm
          title={t('tokens.revokeTitle', { name: leaving.name })}
          action={t('access.revoke')}
          busy={revoking.isPending}
          error={revoking.error}
          onConfirm={() => revoking.mutate(leaving)}
          onClose={() => {
            revoking.reset();
            setLeaving(undefined);
          }}
        >
          {leaving.lastUsedAt
            ? t('tokens.revokeWhyUsed', { when: formatAgo(leaving.lastUsedAt, now) })
            : t('tokens.revokeWhy')}
        </Confirm>
      )}
    </>
  );
}

function factsOf(token: TokenRow): ReadonlyArray<readonly [string, string]> {
  return [
    [t('settings.keys.prefix'), `${token.prefix}…`],
    [t('access.state'), t(`tokens.state.${stateOf(token, Date.now())}`)],
    [t('tokens.owner'), token.owner.name],
    [t('tokens.created'), formatInstantFull(token.createdAt)],
    [t('tokens.expires'), token.expiresAt ? formatInstantFull(token.expiresAt) : t('tokens.never')],
    [t('tokens.used'), token.lastUsedAt ? formatInstantFull(token.lastUsedAt) : t('tokens.unused')],
    [t('tokens.networks'), token.networks.length === 0 ? t('tokens.networksAny') : token.networks.join(', ')],
  ];
}

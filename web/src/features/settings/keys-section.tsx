import type { KeyCreateResponse, KeyRow, MeResponse } from '@hanok/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { createKey, revokeKey, rotateKey } from '../../api/admin-queries.ts';
import { may } from '../../api/may.ts';
import { keysQuery } from '../../api/queries.ts';
import { formatAgo, formatInstant, formatInstantFull } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { CodeSnippet } from '../../kit/code-snippet.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { SelectField, TextField } from '../../kit/field.tsx';
import type { Column } from '../../kit/grid/column.ts';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { Panel } from '../../kit/panel.tsx';
import { SecretDialog } from '../../kit/secret-dialog.tsx';
import { Empty, Failure, Skeleton } from '../../kit/states.tsx';
import { toast } from '../../kit/toast.tsx';
import { Confirm, NotYours, Refusal } from './parts.tsx';
import styles from './settings.module.css';

/** Keys that let telemetry in. Made and revoked by administrators; everyone may see which ones exist. */
export function KeysSection({ tenant, me }: { tenant: string; me: MeResponse }) {
  const client = useQueryClient();
  const keys = useQuery(keysQuery(tenant));
  const [making, setMaking] = useState(false);
  const [leaving, setLeaving] = useState<KeyRow | undefined>();
  const [rotating, setRotating] = useState<KeyRow | undefined>();
  const [withRevoked, setWithRevoked] = useState(false);
  const mayChange = may(me, 'keys.write');
  const again = () => client.invalidateQueries({ queryKey: keysQuery(tenant).queryKey });
  const revoking = useMutation({
    mutationFn: (key: KeyRow) => revokeKey(tenant, key.id),
    onSuccess: async (_, key) => {
      setLeaving(undefined);
      toast(t('settings.keys.revokedDone', { name: key.name }));
      await again();
    },
  });

  const all = keys.data?.keys ?? [];
  const revoked = all.filter((key) => key.revokedAt !== null).length;
  const rows = withRevoked ? all : all.filter((key) => key.revokedAt === null);
  const columns: Column<KeyRow>[] = [
    {
      id: 'name',
      header: t('settings.keys.name'),
      width: 160,
      narrow: 110,
      grow: 1,
      fixed: true,
      cell: (key) => <strong className={styles.strong}>{key.name}</strong>,
    },
    {
      id: 'prefix',
      header: t('settings.keys.prefix'),
      width: 150,
      narrow: 120,
      cell: (key) => <code>{key.prefix}…</code>,
    },
    {
      id: 'created',
      header: t('settings.keys.created'),
      width: 170,
      narrow: 'hide',
      cell: (key) => <time title={formatInstantFull(key.createdAt)}>{formatInstant(key.createdAt)}</time>,
    },
    {
      id: 'used',
      header: t('settings.keys.used'),
      width: 130,
      narrow: 'hide',
      cell: (key) =>
        key.lastUsedAt ? (
          <time title={formatInstantFull(key.lastUsedAt)}>{formatAgo(key.lastUsedAt, Date.now())}</time>
        ) : (
          <span className={styles.faint}>{t('settings.never')}</span>
        ),
    },
    {
      id: 'state',
      header: t('settings.keys.state'),
      width: 110,
      narrow: 'hide',
      cell: (key) =>
        key.revokedAt ? (
          <Badge tone="neutral" title={formatInstantFull(key.revokedAt)}>
            {t('settings.keys.revoked')}
          </Badge>
        ) : (
          <KeyState expiresAt={key.expiresAt} />
        ),
    },
    ...(mayChange
      ? [
          {
            id: 'act',
            header: t('settings.actions'),
            width: 190,
            align: 'end' as const,
            fixed: true,
            cell: (key: KeyRow) =>
              !key.revokedAt && (
                <>
                  {key.replacedBy === null && (
                    <Button
                      size="s"
                      tone="quiet"
                      aria-label={t('settings.keys.rotateNamed', { name: key.name })}
                      onClick={() => setRotating(key)}
                    >
                      {t('settings.keys.rotate')}
                    </Button>
                  )}
                  <Button
                    size="s"
                    tone="quiet"
                    aria-label={t('settings.keys.revokeNamed', { name: key.name })}
                    onClick={() => setLeaving(key)}
                  >
                    {t('settings.keys.revoke')}
                  </Button>
                </>
              ),
          },
        ]
      : []),
  ];

  return (
    <>
      <Panel
        flush
        title={t('settings.keys')}
        hint={t('settings.keys.hint')}
        actions={
          mayChange && (
            <Button tone="primary" size="s" icon="plus" onClick={() => setMaking(true)}>
              {t('settings.keys.make')}
            </Button>
          )
        }
      >
        {!mayChange && <NotYours>{t('settings.keys.adminsOnly')}</NotYours>}
        {keys.isError ? (
          <Failure error={keys.error} onRetry={() => void keys.refetch()} />
        ) : keys.isPending ? (
          <Skeleton rows={3} />
        ) : rows.length === 0 ? (
          <Empty
            title={t('settings.keys.none')}
            why={t('settings.keys.noneWhy')}
            action={
              mayChange && (
                <Button tone="primary" onClick={() => setMaking(true)}>
                  {t('settings.keys.make')}
                </Button>
              )
            }
          />
        ) : (
          <DataGrid
            label={t('settings.keys')}
            layoutName="settings.keys"
            columns={columns}
            rows={rows}
            rowId={(key) => key.id}
            rowHeight={38}
            maxHeight={560}
          />
        )}
        {revoked > 0 && (
          <div className={styles.foot}>
            <Button size="s" tone="quiet" pressed={withRevoked} onClick={() => setWithRevoked(!withRevoked)}>
              {withRevoked ? t('settings.keys.hideRevoked') : t('settings.keys.showRevoked', { count: revoked })}
            </Button>
          </div>
        )}
      </Panel>
      {making && <MakeKey tenant={tenant} me={me} onMade={again} onClose={() => setMaking(false)} />}
      {rotating && (
        <RotateKey tenant={tenant} me={me} old={rotating} onMade={again} onClose={() => setRotating(undefined)} />
      )}
      {leaving && (
        <Confirm
          title={t('settings.keys.revokeTitle', { name: leaving.name })}
          action={t('settings.keys.revoke')}
          busy={revoking.isPending}
          error={revoking.error}
          onConfirm={() => revoking.mutate(leaving)}
          onClose={() => {
            revoking.reset();
            setLeaving(undefined);
          }}
        >
          {leaving.lastUsedAt
            ? t('settings.keys.revokeWhyUsed', { when: formatAgo(leaving.lastUsedAt, Date.now()) })
            : t('settings.keys.revokeWhy')}
        </Confirm>
      )}
    </>
  );
}

/** Empty: never. */
const DAYS = ['', '30', '90', '365'] as const;

/** A name in, a secret out. The secret is in this dialog and nowhere else. */
function MakeKey({
  tenant,
  me,
  onMade,
  onClose,
}: {
  tenant: string;
  me: MeResponse;
  onMade: () => void;
  onClose: () => void;
}) {
  const form = useId();
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState('');
  const [days, setDays] = useState<(typeof DAYS)[number]>('');
  const [networks, setNetworks] = useState('');
  const making = useMutation({
    mutationFn: () =>
      createKey(tenant, {
        name: name.trim(),
        expiresInDays: days === '' ? null : Number(days),
        networks: networks.split(/[\s,]+/).filter((one) => one !== ''),
      }),
    onSuccess: onMade,
  });
  const made = making.data;
  if (made) return <MadeKey me={me} made={made} onClose={onClose} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '' && !making.isPending) making.mutate();
  };
  return (
    <Dialog
      title={t('settings.keys.make')}
      initialFocus={field}
      onClose={onClose}
      // The key is being made: closed now, nobody would ever see it.
      mayClose={() => !making.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={making.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" type="submit" form={form} disabled={name.trim() === '' || making.isPending}>
            {t('settings.keys.make')}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.stack} onSubmit={submit}>
        <TextField
          ref={field}
          label={t('settings.keys.nameLabel')}
          placeholder={t('settings.keys.namePlaceholder')}
          maxLength={128}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <p className={styles.faint}>{t('settings.keys.nameWhy')}</p>
        <SelectField
          label={t('settings.keys.expiry')}
          value={days}
          options={DAYS.map((one) => ({
            value: one,
            label: one === '' ? t('settings.keys.never') : t('settings.keys.days', { count: Number(one) }),
          }))}
          onChange={(event) => setDays(DAYS.find((one) => one === event.target.value) ?? '')}
        />
        <TextField
          label={t('settings.keys.networks')}
          placeholder="192.0.2.0/24, 2001:db8::/32"
          value={networks}
          onChange={(event) => setNetworks(event.target.value)}
        />
        <p className={styles.faint}>{t('settings.keys.networksWhy')}</p>
        <Refusal error={making.error} />
      </form>
    </Dialog>
  );
}

/** The key that was made, with its secret: shown here and nowhere else. */
function MadeKey({ me, made, onClose }: { me: MeResponse; made: KeyCreateResponse; onClose: () => void }) {
  return (
    <SecretDialog
      title={t('settings.keys.madeTitle', { name: made.key.name })}
      why={t('settings.keys.once')}
      label={t('settings.keys.secret')}
      secret={made.secret}
      size="l"
      onClose={onClose}
    >
      {(onCopied) => (
        <>
          <p>{t('settings.keys.use')}</p>
          <CodeSnippet
            label={t('settings.keys.use')}
            code={environment(me.endpoints.otlpHttp, made.secret)}
            onCopied={onCopied}
          />
        </>
      )}
    </SecretDialog>
  );
}

const OVERLAP_HOURS = ['1', '24', '168'] as const;

/** A new key in the place of one, which stays good until senders have the new one. */
function RotateKey({
  tenant,
  me,
  old,
  onMade,
  onClose,
}: {
  tenant: string;
  me: MeResponse;
  old: KeyRow;
  onMade: () => void;
  onClose: () => void;
}) {
  const [hours, setHours] = useState<(typeof OVERLAP_HOURS)[number]>('24');
  const making = useMutation({ mutationFn: () => rotateKey(tenant, old.id, Number(hours)), onSuccess: onMade });
  if (making.data) return <MadeKey me={me} made={making.data} onClose={onClose} />;
  return (
    <Dialog
      title={t('settings.keys.rotateTitle', { name: old.name })}
      onClose={onClose}
      // The key is being made: closed now, nobody would ever see it.
      mayClose={() => !making.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={making.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" disabled={making.isPending} onClick={() => making.mutate()}>
            {t('settings.keys.rotate')}
          </Button>
        </>
      }
    >
      <div className={styles.stack}>
        <p>{t('settings.keys.rotateWhy')}</p>
        <SelectField
          label={t('settings.keys.overlap')}
          value={hours}
          options={OVERLAP_HOURS.map((one) => ({
            value: one,
            label: t('settings.keys.hours', { count: Number(one) }),
          }))}
          onChange={(event) => setHours(OVERLAP_HOURS.find((one) => one === event.target.value) ?? '24')}
        />
        <Refusal error={making.error} />
      </div>
    </Dialog>
  );
}

function KeyState({ expiresAt }: { expiresAt: string | null }) {
  if (expiresAt === null) return <Badge tone="ok">{t('settings.keys.active')}</Badge>;
  const isOver = Number(BigInt(expiresAt) / 1_000_000n) <= Date.now();
  return (
    <Badge tone={isOver ? 'neutral' : 'warn'} title={formatInstantFull(expiresAt)}>
      {t(isOver ? 'settings.keys.expired' : 'settings.keys.expires')}
    </Badge>
  );
}

/** Settings that every OpenTelemetry SDK reads; header values are percent-encoded there. */
function environment(endpoint: string, secret: string): string {
  return [
    `OTEL_EXPORTER_OTLP_ENDPOINT=⟪${endpoint}⟫`,
    'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    `OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20⟪${secret}⟫"`,
  ].join('\n');
}

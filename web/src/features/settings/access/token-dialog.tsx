import type { MeResponse, Permission } from '@hanok/contract';
import { INSTANCE_PERMISSIONS, TENANT_PERMISSIONS } from '@hanok/contract/access/permissions';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { createInstanceToken, createToken, serviceAccountsQuery } from '../../../api/access-queries.ts';
import { may } from '../../../api/may.ts';
import { t } from '../../../i18n/index.ts';
import { Button } from '../../../kit/button.tsx';
import { CodeSnippet } from '../../../kit/code-snippet.tsx';
import { Dialog } from '../../../kit/dialog.tsx';
import { SelectField, TextField } from '../../../kit/field.tsx';
import { SecretDialog } from '../../../kit/secret-dialog.tsx';
import { Refusal } from '../parts.tsx';
import { useRoles } from '../role-name.ts';
import settings from '../settings.module.css';
import { TextArea } from '../text-area.tsx';
import styles from './access.module.css';
import { PermissionMatrix } from './permission-matrix.tsx';
import { readNetworks } from './token-state.ts';

/** Days; the server's own choice is 90. */
const EXPIRIES = ['7', '30', '90', '365'] as const;
const NEVER = 'never';

interface Props {
  readonly tenant: string;
  readonly me: MeResponse;
  readonly of: 'tenant' | 'installation';
  readonly onMade: () => void;
  readonly onClose: () => void;
}

/** What a token may, from where and until when. The secret is in the last dialog and nowhere else. */
export function TokenDialog({ tenant, me, of, onMade, onClose }: Props) {
  const form = useId();
  const field = useRef<HTMLInputElement>(null);
  const ofTenant = of === 'tenant';
  const all: readonly Permission[] = ofTenant ? TENANT_PERMISSIONS : INSTANCE_PERMISSIONS;
  const [name, setName] = useState('');
  const [account, setAccount] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [networks, setNetworks] = useState('');
  const [expiry, setExpiry] = useState<string>('90');
  const accounts = useQuery({ ...serviceAccountsQuery(tenant), enabled: ofTenant }).data?.serviceAccounts ?? [];
  const roles = useRoles(tenant, me);
  const owner = accounts.find(({ id }) => id === account);
  const ofOwner = owner && roles.find(({ id }) => id === owner.role)?.permissions;
  const refusal = (permission: Permission): string | undefined => {
    if (!may(me, permission)) return t('access.notHeld');
    return ofOwner && !ofOwner.some((one) => one === permission) ? t('access.notOfAccount') : undefined;
  };
  const wanted = all.filter((permission) => chosen.has(permission) && refusal(permission) === undefined);
  const making = useMutation({
    mutationFn: () => {
      const wish = {
        name: name.trim(),
        permissions: wanted,
        networks: readNetworks(networks),
        expiresInDays: expiry === NEVER ? null : Number(expiry),
      };
      return ofTenant
        ? createToken(tenant, { ...wish, ...(account === '' ? {} : { serviceAccount: account }) })
        : createInstanceToken(wish);
    },
    onSuccess: onMade,
  });
  const made = making.data;
  if (made)
    return (
      <SecretDialog
        title={t('tokens.madeTitle', { name: made.token.name })}
        why={t('tokens.once')}
        label={t('tokens.secret')}
        secret={made.secret}
        size="l"
        onClose={onClose}
      >
        {(onCopied) => (
          <>
            <p>{t('tokens.use')}</p>
            <CodeSnippet
              label={t('tokens.use')}
              code={`curl -H "authorization: Bearer ⟪${made.secret}⟫" ${me.endpoints.ui}/api/v1/me`}
              onCopied={onCopied}
            />
          </>
        )}
      </SecretDialog>
    );
  const ready = name.trim() !== '' && wanted.length > 0 && !making.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) making.mutate();
  };
  return (
    <Dialog
      title={t('tokens.make')}
      size="l"
      initialFocus={field}
      onClose={onClose}
      // The token is being made: closed now, nobody would ever see it.
      mayClose={() => !making.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={making.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" type="submit" form={form} disabled={!ready}>
            {t('tokens.make')}
          </Button>
        </>
      }
    >
      <form id={form} className={settings.stack} onSubmit={submit}>
        <TextField
          ref={field}
          label={t('access.name')}
          placeholder={t('tokens.namePlaceholder')}
          maxLength={128}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <div className={styles.twoColumns}>
          {ofTenant && (
            <SelectField
              label={t('tokens.owner')}
              value={account}
              options={[
                { value: '', label: `${t('tokens.ownerPerson')} (${me.email})` },
                ...accounts.map(({ id, name: named }) => ({
                  value: id,
                  label: `${named} (${t('tokens.serviceAccount')})`,
                })),
              ]}
              onChange={(event) => setAccount(event.target.value)}
            />
          )}
          <SelectField
            label={t('tokens.expiry')}
            value={expiry}
            options={[
              ...EXPIRIES.map((days) => ({ value: days, label: t('tokens.days', { count: days }) })),
              { value: NEVER, label: t('tokens.expiryNever') },
            ]}
            onChange={(event) => setExpiry(event.target.value)}
          />
        </div>
        {ofTenant && <p className={settings.faint}>{t('tokens.ownerWhy')}</p>}
        {expiry === NEVER && <p className={settings.faint}>{t('tokens.expiryNeverWhy')}</p>}
        <TextArea
          label={t('tokens.networksLabel')}
          hint={t('tokens.networksHint')}
          rows={2}
          value={networks}
          onChange={(event) => setNetworks(event.target.value)}
        />
        <PermissionMatrix
          permissions={all}
          chosen={new Set(wanted)}
          refusal={refusal}
          why={t(owner ? 'access.notOfAccountAll' : 'access.notHeldAll')}
          onChange={setChosen}
        />
        <Refusal error={making.error} />
      </form>
    </Dialog>
  );
}

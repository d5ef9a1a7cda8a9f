import { isTenantId, reservedBecause } from '@hanok/contract';
import { useRef, useState } from 'react';
import { createTenant, type MadeTenant } from '../../api/tenant-queries.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { SelectField, TextField } from '../../kit/field.tsx';
import { SecretDialog } from '../../kit/secret-dialog.tsx';
import { FormDialog, useAct } from './acts.tsx';
import { idFromName } from './id-from-name.ts';
import styles from './tenants.module.css';

export function CreateTenant({ onMade, onClose }: { onMade: (made: MadeTenant) => void; onClose: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState('');
  const [typedId, setTypedId] = useState<string | undefined>();
  const [mode, setMode] = useState<'pool' | 'silo'>('pool');
  const [email, setEmail] = useState('');
  const id = typedId ?? idFromName(name);
  const wrong =
    id === ''
      ? undefined
      : !isTenantId(id)
        ? t('tenants.make.idWrong')
        : reservedBecause(id)
          ? t('tenants.make.idReserved')
          : undefined;
  const acting = useAct(() => createTenant({ id, name: name.trim(), mode, adminEmail: email.trim() }), onMade);
  return (
    <FormDialog
      title={t('tenants.make')}
      action={t('tenants.make.action')}
      ready={name.trim() !== '' && id !== '' && !wrong && /^\S+@\S+\.\S+$/.test(email.trim())}
      acting={acting}
      initialFocus={field}
      onClose={onClose}
    >
      <TextField
        ref={field}
        label={t('tenants.make.name')}
        maxLength={128}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label={t('tenants.make.id')}
        maxLength={63}
        value={id}
        error={wrong}
        onChange={(event) => setTypedId(event.target.value.trim())}
      />
      <p className={styles.faint}>{t('tenants.make.idWhy')}</p>
      <SelectField
        label={t('tenants.make.mode')}
        value={mode}
        options={[
          { value: 'pool', label: t('tenants.make.pool') },
          { value: 'silo', label: t('tenants.make.silo') },
        ]}
        onChange={(event) => setMode(event.target.value === 'silo' ? 'silo' : 'pool')}
      />
      <p className={styles.faint}>{t('tenants.make.modeWhy')}</p>
      <TextField
        label={t('tenants.make.admin')}
        type="email"
        maxLength={254}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
    </FormDialog>
  );
}

/** Password and key, this one time. */
export function MadeOnce({ made, onClose }: { made: MadeTenant; onClose: () => void }) {
  const { tenant, admin, ingestKey } = made;
  return (
    <SecretDialog
      title={t('tenants.made.title', { name: visibleName(tenant.name) })}
      why={t('tenants.made.why')}
      label={t('tenants.made.secrets')}
      secret={[`${admin.email}`, `${admin.password}`, admin.link.url, ingestKey].join('\n')}
      onClose={onClose}
    />
  );
}

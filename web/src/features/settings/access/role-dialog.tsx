import type { MeResponse, Permission, RoleRow } from '@hanok/contract';
import { isTenantPermission, TENANT_PERMISSIONS } from '@hanok/contract/access/permissions';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { saveRole } from '../../../api/access-queries.ts';
import { may } from '../../../api/may.ts';
import { t } from '../../../i18n/index.ts';
import { Button } from '../../../kit/button.tsx';
import { Dialog } from '../../../kit/dialog.tsx';
import { SelectField, TextField } from '../../../kit/field.tsx';
import { Refusal } from '../parts.tsx';
import { roleName } from '../role-name.ts';
import settings from '../settings.module.css';
import styles from './access.module.css';
import { PermissionMatrix } from './permission-matrix.tsx';

interface Props {
  readonly tenant: string;
  readonly me: MeResponse;
  readonly roles: readonly RoleRow[];
  /** The one to change; undefined: a new one. */
  readonly role: RoleRow | undefined;
  /** What a new one begins with. */
  readonly like: RoleRow | undefined;
  readonly onClose: () => void;
  readonly onSaved: (role: RoleRow) => void;
}

/** A name and what it allows. Nobody gives what they do not have: that stands there, but cannot be chosen. */
export function RoleDialog({ tenant, me, roles, role, like, onClose, onSaved }: Props) {
  const form = useId();
  const field = useRef<HTMLInputElement>(null);
  const held = (permissions: readonly Permission[]) => new Set<string>(permissions.filter((one) => may(me, one)));
  const [from, setFrom] = useState(like?.id ?? '');
  const [name, setName] = useState(role?.name ?? '');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => held(role?.permissions ?? like?.permissions ?? []));
  const saving = useMutation({
    mutationFn: () =>
      saveRole(tenant, role?.id, { name: name.trim(), permissions: [...chosen].filter(isTenantPermission) }),
    onSuccess: onSaved,
  });
  const ready = name.trim() !== '' && chosen.size > 0 && !saving.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) saving.mutate();
  };
  const title = role ? t('roles.changeTitle', { name: role.name ?? role.id }) : t('roles.make');
  return (
    <Dialog
      title={title}
      size="l"
      initialFocus={field}
      onClose={onClose}
      mayClose={() => !saving.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={saving.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" type="submit" form={form} disabled={!ready}>
            {role ? t('access.save') : t('roles.make')}
          </Button>
        </>
      }
    >
      <form id={form} className={settings.stack} onSubmit={submit}>
        <p className={styles.why}>
          {role && role.members > 0 ? t('roles.changeWarning', { count: role.members }) : t('roles.makeWhy')}
        </p>
        <TextField
          ref={field}
          label={t('access.name')}
          maxLength={128}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {!role && (
          <SelectField
            label={t('roles.from')}
            value={from}
            options={[
              { value: '', label: t('roles.fromNothing') },
              ...roles.map(({ id }) => ({ value: id, label: roleName(id, roles) })),
            ]}
            onChange={({ target }) => {
              setFrom(target.value);
              setChosen(held(roles.find(({ id }) => id === target.value)?.permissions ?? []));
            }}
          />
        )}
        <PermissionMatrix
          permissions={TENANT_PERMISSIONS}
          chosen={chosen}
          refusal={(permission) => (may(me, permission) ? undefined : t('access.notHeld'))}
          why={t('access.notHeldAll')}
          onChange={setChosen}
        />
        <Refusal error={saving.error} />
      </form>
    </Dialog>
  );
}

import type { MeResponse, RoleRow, UserRow } from '@hanok/contract';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { changeRole, makeOwner, takeOwnership } from '../../api/admin-queries.ts';
import { may } from '../../api/may.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { SelectField } from '../../kit/field.tsx';
import { Refusal } from './parts.tsx';
import { roleName } from './role-name.ts';
import styles from './settings.module.css';

interface Props {
  readonly tenant: string;
  readonly me: MeResponse;
  readonly person: UserRow;
  readonly roles: readonly RoleRow[];
  readonly onClose: () => void;
  readonly onChanged: (role: string) => void;
}

/** Another role for a person. That of an owner is given and taken by owners, in a call of its own. */
export function ChangeRole({ tenant, me, person, roles, onClose, onChanged }: Props) {
  const form = useId();
  const [role, setRole] = useState(person.role);
  const changing = useMutation({
    mutationFn: async () => {
      if (role === 'owner') return makeOwner(tenant, person.id);
      // An owner becomes an administrator first.
      if (person.role === 'owner') {
        const changed = await takeOwnership(tenant, person.id);
        if (role === changed.role) return changed;
      }
      return changeRole(tenant, person.id, role);
    },
    onSuccess: (changed) => onChanged(changed.role),
  });
  const offered = roles.filter(({ id }) => id !== 'owner' || may(me, 'owners.write'));
  const chosen = roles.find(({ id }) => id === role);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (role !== person.role) changing.mutate();
  };
  return (
    <Dialog
      title={t('settings.people.roleOf', { email: person.email })}
      onClose={onClose}
      mayClose={() => !changing.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={changing.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" type="submit" form={form} disabled={role === person.role || changing.isPending}>
            {t('settings.people.changeRole')}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.stack} onSubmit={submit}>
        <SelectField
          label={t('settings.people.role')}
          value={role}
          options={offered.map(({ id }) => ({ value: id, label: roleName(id, roles) }))}
          onChange={(event) => setRole(event.target.value)}
        />
        {chosen && (
          <p className={styles.faint}>
            {t('settings.people.roleAllows')} <code>{chosen.permissions.join(' ')}</code>
          </p>
        )}
        <Refusal error={changing.error} />
      </form>
    </Dialog>
  );
}

import type { Permission } from '@hanok/contract';
import { t } from '../../../i18n/index.ts';
import { Button } from '../../../kit/button.tsx';
import styles from './access.module.css';

const VERBS = ['read', 'write'] as const;
type Verb = (typeof VERBS)[number];
type ResourceOf<P extends string> = P extends `${infer Resource}.${Verb}` ? Resource : never;
type Resource = ResourceOf<Permission>;

interface Row {
  readonly resource: Resource;
  readonly of: Readonly<Partial<Record<Verb, Permission>>>;
}

/** One row for each resource, in the order of the list. */
function rowsOf(permissions: readonly Permission[]): readonly Row[] {
  const rows = new Map<Resource, Partial<Record<Verb, Permission>>>();
  for (const permission of permissions) {
    const dot = permission.lastIndexOf('.');
    const resource = permission.slice(0, dot) as Resource;
    const verb = VERBS.find((one) => one === permission.slice(dot + 1));
    if (verb) rows.set(resource, { ...rows.get(resource), [verb]: permission });
  }
  return [...rows].map(([resource, of]) => ({ resource, of }));
}

/**
 * Permissions by resource and verb, with what each allows. Without `onChange` it only shows. What `refusal` names a reason
 * for cannot be chosen, nor be taken away where it is chosen already.
 */
export function PermissionMatrix({
  permissions,
  chosen,
  refusal,
  why,
  onChange,
}: {
  permissions: readonly Permission[];
  chosen: ReadonlySet<string>;
  refusal?: (permission: Permission) => string | undefined;
  /** Said once above, where something is refused. */
  why?: string;
  onChange?: (chosen: ReadonlySet<string>) => void;
}) {
  const open = permissions.filter((permission) => refusal?.(permission) === undefined);
  const choose = (wanted: (permission: Permission) => boolean) =>
    onChange?.(new Set(permissions.filter((one) => (open.includes(one) ? wanted(one) : chosen.has(one)))));
  return (
    <div className={styles.matrixFrame}>
      {onChange && (
        <div className={styles.matrixTools}>
          <Button size="s" onClick={() => choose(() => true)}>
            {t('access.chooseAll')}
          </Button>
          <Button size="s" onClick={() => choose((permission) => permission.endsWith('.read'))}>
            {t('access.chooseRead')}
          </Button>
          <Button size="s" onClick={() => choose(() => false)}>
            {t('access.chooseNone')}
          </Button>
          <span className={styles.count} role="status">
            {t('access.chosen', {
              count: permissions.filter((one) => chosen.has(one)).length,
              all: permissions.length,
            })}
          </span>
        </div>
      )}
      {why && open.length < permissions.length && <p className={styles.why}>{why}</p>}
      <table className={styles.matrix}>
        <thead>
          <tr>
            <th scope="col">{t('access.resource')}</th>
            {VERBS.map((verb) => (
              <th key={verb} scope="col">
                {t(`access.verb.${verb}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rowsOf(permissions).map(({ resource, of }) => (
            <tr key={resource}>
              <th scope="row">{t(`access.resource.${resource}`)}</th>
              {VERBS.map((verb) => {
                const permission = of[verb];
                return (
                  <td key={verb} data-empty={permission === undefined ? '' : undefined}>
                    {permission && (
                      <Cell
                        permission={permission}
                        checked={chosen.has(permission)}
                        refused={refusal?.(permission)}
                        onToggle={
                          onChange &&
                          (() => {
                            const next = new Set(chosen);
                            if (!next.delete(permission)) next.add(permission);
                            onChange(next);
                          })
                        }
                      />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({
  permission,
  checked,
  refused,
  onToggle,
}: {
  permission: Permission;
  checked: boolean;
  refused: string | undefined;
  onToggle: (() => void) | undefined;
}) {
  return (
    <label className={styles.cell} data-refused={refused === undefined ? undefined : ''} title={refused}>
      <input
        type="checkbox"
        name={permission}
        checked={checked}
        disabled={onToggle === undefined || refused !== undefined}
        onChange={() => onToggle?.()}
      />
      <span>
        {t(`access.permission.${permission}`)}
        <code className={styles.code}>{permission}</code>
      </span>
    </label>
  );
}

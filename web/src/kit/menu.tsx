import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import styles from './layer.module.css';

/** A button's menu of actions. */
export function Menu({
  trigger,
  align = 'start',
  side = 'bottom',
  children,
}: {
  trigger: ReactElement;
  align?: 'start' | 'end';
  side?: 'bottom' | 'right' | 'top';
  children: ReactNode;
}) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={6} align={align} side={side} collisionPadding={8}>
          <Base.Popup className={styles.menu}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({
  icon,
  hint,
  danger = false,
  onSelect,
  children,
}: {
  icon?: IconName;
  hint?: ReactNode;
  danger?: boolean;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Base.Item className={styles.item} data-danger={danger ? '' : undefined} onClick={onSelect}>
      {icon && <Icon name={icon} size={14} />}
      <span className={styles.itemText}>{children}</span>
      {hint && <span className={styles.hint}>{hint}</span>}
    </Base.Item>
  );
}

/** Choose one of several; the chosen one has a tick. */
export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChoose,
}: {
  label: string;
  value: T;
  options: ReadonlyArray<{ value: T; label: ReactNode; icon?: IconName }>;
  onChoose: (value: T) => void;
}) {
  return (
    <Base.Group>
      <Base.GroupLabel className={styles.groupLabel}>{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={(next) => onChoose(next as T)}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className={styles.item} closeOnClick>
            {option.icon && <Icon name={option.icon} size={14} />}
            <span className={styles.itemText}>{option.label}</span>
            <Base.RadioItemIndicator className={styles.tick}>
              <Icon name="check" size={14} />
            </Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}

export function MenuToggle({
  checked,
  onChange,
  children,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Base.CheckboxItem checked={checked} onCheckedChange={onChange} className={styles.item}>
      <span className={styles.box}>
        <Base.CheckboxItemIndicator>
          <Icon name="check" size={12} />
        </Base.CheckboxItemIndicator>
      </span>
      <span className={styles.itemText}>{children}</span>
    </Base.CheckboxItem>
  );
}

export function MenuLine() {
  return <Base.Separator className={styles.line} />;
}

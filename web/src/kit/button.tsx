import type { ButtonHTMLAttributes, Ref } from 'react';
import styles from './button.module.css';
import { Icon, type IconName } from './icon.tsx';
import { join } from './join.ts';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` once per screen, `danger` for what cannot be undone, `quiet` inside dense rows. */
  readonly tone?: 'plain' | 'primary' | 'quiet' | 'danger';
  readonly size?: 'm' | 's';
  readonly icon?: IconName;
  readonly pressed?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({ tone = 'plain', size = 'm', icon, pressed, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={join(styles.button, styles[tone], size === 's' && styles.small, !children && styles.square, className)}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...rest}
    >
      {icon && <Icon name={icon} size={size === 's' ? 14 : 16} />}
      {children}
    </button>
  );
}

/** Only an icon; `label` is its name for screen readers and its tooltip. */
export function IconButton({ label, ...rest }: Omit<ButtonProps, 'children'> & { icon: IconName; label: string }) {
  return <Button tone="quiet" aria-label={label} title={label} {...rest} />;
}

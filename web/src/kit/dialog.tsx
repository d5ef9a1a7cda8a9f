import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode, RefObject } from 'react';
import { t } from '../i18n/index.ts';
import { IconButton } from './button.tsx';
import { join } from './join.ts';
import styles from './layer.module.css';

/** A modal question or task. The title names it for screen readers; `hideTitle` where the content says it. */
export function Dialog({
  open,
  onClose,
  title,
  hideTitle = false,
  size = 'm',
  initialFocus,
  children,
  footer,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  hideTitle?: boolean;
  size?: 'm' | 'l' | 'palette';
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
  footer?: ReactNode;
}) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.veil} />
        <Base.Popup
          className={join(styles.dialog, styles[`dialog-${size}`])}
          {...(initialFocus ? { initialFocus } : {})}
        >
          <Base.Title className={hideTitle ? 'visually-hidden' : styles.dialogTitle}>{title}</Base.Title>
          {!hideTitle && (
            <Base.Close className={styles.dialogClose} render={<IconButton icon="close" label={t('kit.close')} />} />
          )}
          <div className={hideTitle ? styles.dialogBare : styles.dialogBody}>{children}</div>
          {footer && <footer className={styles.dialogFooter}>{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

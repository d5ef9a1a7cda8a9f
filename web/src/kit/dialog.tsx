import { type ReactNode, type RefObject, useId, useLayoutEffect, useRef } from 'react';
import { t } from '../i18n/index.ts';
import { IconButton } from './button.tsx';
import { join } from './join.ts';
import styles from './layer.module.css';

/** A modal question or task; mounted is open. The title names it for screen readers, `hideTitle` where the content says it. */
export function Dialog({
  onClose,
  title,
  hideTitle = false,
  size = 'm',
  initialFocus,
  mayClose,
  children,
  footer,
}: {
  onClose: () => void;
  /** Asked before Escape, the cross or a press beside the dialog closes it; a footer's buttons close it by themselves. */
  mayClose?: () => boolean;
  title: string;
  hideTitle?: boolean;
  size?: 'm' | 'l' | 'palette';
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
  footer?: ReactNode;
}) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement | null>(null);
  const ask = () => {
    if (mayClose?.() ?? true) onClose();
  };
  const close = useRef(ask);
  close.current = ask;
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    initialFocus?.current?.focus();
    // A press on the veil lands on the dialog itself, one inside lands on its content.
    const onPress = (event: Event) => event.target === element && close.current();
    element?.addEventListener('click', onPress);
    return () => {
      element?.removeEventListener('click', onPress);
      // Closing before the element goes gives the focus back to where it was.
      element?.close();
    };
  }, [initialFocus]);
  return (
    <dialog
      ref={dialog}
      className={join(styles.dialog, styles[`dialog-${size}`])}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        ask();
      }}
      onClose={(event) => {
        if (event.currentTarget.open) return;
        // A second Escape in a row closes a dialog without asking; one that may not close opens again.
        if (mayClose?.() ?? true) onClose();
        else event.currentTarget.showModal();
      }}
    >
      <div className={styles.dialogFrame}>
        <h2 id={id} className={hideTitle ? 'visually-hidden' : styles.dialogTitle}>
          {title}
        </h2>
        {!hideTitle && (
          <IconButton icon="close" label={t('kit.close')} className={styles.dialogClose ?? ''} onClick={ask} />
        )}
        <div className={hideTitle ? styles.dialogBare : styles.dialogBody}>{children}</div>
        {footer && <footer className={styles.dialogFooter}>{footer}</footer>}
      </div>
    </dialog>
  );
}

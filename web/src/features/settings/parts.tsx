import { type ReactNode, useEffect, useRef } from 'react';
import { ApiError } from '../../api/client.ts';
import { errorWords } from '../../i18n/error-words.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { errorText } from '../../kit/error-text.ts';
import { Icon } from '../../kit/icon.tsx';
import styles from './settings.module.css';

/** Says to whom a part belongs, where it would stand. */
export function NotYours({ children }: { children: ReactNode }) {
  return (
    <p className={styles.notYours}>
      <Icon name="info" size={14} />
      <span>{children}</span>
    </p>
  );
}

/** Why a change failed, inside the dialog that asked for it. */
export function Refusal({ error }: { error: unknown }) {
  const shown = useRef<HTMLParagraphElement>(null);
  // The end of a long form is out of sight on a phone.
  useEffect(() => {
    if (error) shown.current?.scrollIntoView({ block: 'nearest' });
  }, [error]);
  if (!error) return null;
  const fix = error instanceof ApiError ? errorWords(error).fix : undefined;
  return (
    <p ref={shown} className={styles.refusal} role="alert">
      <Icon name="warning" size={14} />
      <span>
        {errorText(error)}
        {fix && <span className={styles.fix}>{fix}</span>}
      </span>
    </p>
  );
}

/** A question before something that cannot be undone. */
export function Confirm({
  title,
  children,
  action,
  busy,
  error,
  onConfirm,
  onClose,
}: {
  title: string;
  children: ReactNode;
  action: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      // What it does may answer with a password that is shown once.
      mayClose={() => !busy}
      footer={
        <>
          <Button onClick={onClose} disabled={busy}>
            {t('settings.cancel')}
          </Button>
          <Button tone="danger" disabled={busy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <p>{children}</p>
      <Refusal error={error} />
    </Dialog>
  );
}

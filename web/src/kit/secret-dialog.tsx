import { type ReactNode, useCallback, useState } from 'react';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { CodeSnippet } from './code-snippet.tsx';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';
import styles from './secret-dialog.module.css';
import { useSecretGuard } from './use-secret-guard.ts';

/**
 * Something that is shown this one time. Neither Escape nor a press beside it, the Back button or a closed tab may take
 * it away before it was copied or the reader has said that they have it.
 */
export function SecretDialog({
  title,
  why,
  label,
  secret,
  size = 'm',
  onClose,
  children,
}: {
  title: string;
  why: string;
  /** Names the secret. */
  label: string;
  secret: string;
  size?: 'm' | 'l';
  onClose: () => void;
  /** What it is for: snippets with the secret in them, copying from which counts too. */
  children?: (onCopied: () => void) => ReactNode;
}) {
  const [kept, setKept] = useState(false);
  const [refused, setRefused] = useState(false);
  const keep = useCallback(() => setKept(true), []);
  useSecretGuard(!kept, () => setRefused(true));
  return (
    <Dialog
      title={title}
      size={size}
      onClose={onClose}
      mayClose={() => {
        if (!kept) setRefused(true);
        return kept;
      }}
      footer={
        <Button tone="primary" onClick={onClose}>
          {kept ? t('kit.close') : t('kit.secret.kept')}
        </Button>
      }
    >
      <div className={styles.stack} onCopy={keep}>
        <p className={styles.why}>{why}</p>
        <CodeSnippet label={label} code={`⟪${secret}⟫`} onCopied={keep} />
        <div role="alert">
          {refused && !kept && (
            <p className={styles.refused}>
              <Icon name="warning" size={14} />
              {t('kit.secret.refused')}
            </p>
          )}
        </div>
        {children?.(keep)}
      </div>
    </Dialog>
  );
}

import { ApiError } from '../../api/client.ts';
import { errorWords } from '../../i18n/error-words.ts';
import { errorText } from '../../kit/error-text.ts';
import { Icon } from '../../kit/icon.tsx';
import styles from './account.module.css';

/** Why a change failed, and how to mend it. */
export function Refusal({ error }: { error: unknown }) {
  if (!error) return null;
  const fix = error instanceof ApiError ? errorWords(error).fix : undefined;
  return (
    <p className={styles.refusal} role="alert">
      <Icon name="warning" size={14} />
      <span>
        {errorText(error)} {fix}
      </span>
    </p>
  );
}

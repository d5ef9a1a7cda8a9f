import { create } from 'zustand';
import { t } from '../i18n/index.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';
import styles from './toast.module.css';

interface Toast {
  readonly id: number;
  readonly tone: 'ok' | 'bad';
  readonly text: string;
}

const SHOWN_MS = 4_500;

const useToasts = create<{ readonly list: readonly Toast[] }>(() => ({ list: [] }));
let count = 0;

/** A short notice at the foot of the page. Failures stay until closed. */
export function toast(text: string, tone: Toast['tone'] = 'ok'): void {
  const id = ++count;
  useToasts.setState(({ list }) => ({ list: [...list.slice(-2), { id, tone, text }] }));
  if (tone === 'ok') window.setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  useToasts.setState(({ list }) => ({ list: list.filter((item) => item.id !== id) }));
}

export function Toasts() {
  const list = useToasts((state) => state.list);
  return (
    <div className={styles.stack} role="status" aria-live="polite">
      {list.map((item) => (
        <div key={item.id} className={styles.toast} data-tone={item.tone}>
          <Icon name={item.tone === 'ok' ? 'check' : 'warning'} />
          <span>{item.text}</span>
          <IconButton icon="close" size="s" label={t('kit.close')} onClick={() => dismiss(item.id)} />
        </div>
      ))}
    </div>
  );
}

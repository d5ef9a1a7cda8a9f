import { useEffect, useState } from 'react';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { toast } from './toast.tsx';

/** Puts text on the clipboard, also where the page is served over plain HTTP and `navigator.clipboard` is missing. */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed here; the older way may be.
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('readonly', '');
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

/** Copies and says that it did, or that it could not. */
export async function copyAloud(text: string): Promise<void> {
  if (await copyText(text)) toast(t('kit.copied'));
  else toast(t('kit.copyFailed'), 'bad');
}

export function Copy({
  text,
  label,
  size = 's',
  onCopied,
}: {
  text: string;
  label?: string;
  size?: 's' | 'm';
  onCopied?: (() => void) | undefined;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = window.setTimeout(() => setCopied(false), 1_600);
    return () => window.clearTimeout(timer);
  }, [copied]);
  const name = copied ? t('kit.copied') : t('kit.copy');
  return (
    <Button
      tone="quiet"
      size={size}
      icon={copied ? 'check' : 'copy'}
      title={name}
      {...(label ? {} : { 'aria-label': name })}
      onClick={async (event) => {
        event.stopPropagation();
        if (await copyText(text)) {
          setCopied(true);
          onCopied?.();
        } else toast(t('kit.copyFailed'), 'bad');
      }}
    >
      {label && (copied ? t('kit.copied') : label)}
    </Button>
  );
}

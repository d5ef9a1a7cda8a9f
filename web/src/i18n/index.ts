import { setupI18n } from '@lingui/core';
import { useSyncExternalStore } from 'react';
import { type LocaleName, usePreferences } from '../preferences/preferences.ts';
import type { Catalogue, MessageId } from './catalogue.en.ts';

export type { MessageId };
export type Values = Readonly<Record<string, string | number>>;

const i18n = setupI18n();
let generation = 0;
const listeners = new Set<() => void>();

/**
 * The text of a message in the reader's language. Ids are checked by the compiler against the English
 * catalogue, and the Korean catalogue against the English one. Callable anywhere, also from canvases; the root
 * renders anew when the language changes.
 */
export function t(id: MessageId, values?: Values): string {
  return i18n._(id, values);
}

/** Loads the catalogue of a language (one chunk each) and makes it the current one. */
export async function activateLocale(locale: LocaleName): Promise<void> {
  const catalogue: Catalogue =
    locale === 'ko' ? (await import('./catalogue.ko.ts')).catalogue : (await import('./catalogue.en.ts')).catalogue;
  i18n.loadAndActivate({ locale, messages: catalogue });
  document.documentElement.lang = locale;
  generation++;
  for (const listener of listeners) listener();
}

/** Switches language and remembers the choice. */
export async function chooseLocale(locale: LocaleName): Promise<void> {
  await activateLocale(locale);
  usePreferences.getState().set({ locale });
}

/** Changes with every language switch: the key of the root element. */
export function useLocaleGeneration(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => generation,
  );
}

export function currentLocale(): string {
  return i18n.locale || 'en';
}

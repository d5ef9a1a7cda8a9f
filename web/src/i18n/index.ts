import { setupI18n } from '@lingui/core';
import { useSyncExternalStore } from 'react';
import { type LocaleName, usePreferences } from '../preferences/preferences.ts';
import type { Catalogue } from './catalogue.en.ts';
import { FEATURE_MESSAGES, type FeatureMessageId, type FeatureWithMessages } from './catalogue.features.ts';
import { learnErrors } from './error-words.ts';

export type MessageId = keyof Catalogue | FeatureMessageId;
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

/** Features whose screens were opened: a change of language brings their words too. */
const opened = new Set<FeatureWithMessages>();

/** Loads the catalogue of a language (one chunk each) and makes it the current one. */
export async function activateLocale(locale: LocaleName): Promise<void> {
  learnErrors(locale === 'ko' ? (await import('./errors.ko.ts')).errorsKo : {});
  const [catalogue, ...features]: readonly Readonly<Record<string, string>>[] = await Promise.all([
    locale === 'ko'
      ? import('./catalogue.ko.ts').then((module): Catalogue => module.catalogue)
      : import('./catalogue.en.ts').then((module): Catalogue => module.catalogue),
    ...[...opened].map((feature) => FEATURE_MESSAGES[feature][locale]().then((module) => module.messages)),
  ]);
  i18n.loadAndActivate({ locale, messages: Object.assign({}, catalogue, ...features) });
  document.documentElement.lang = locale;
  generation++;
  for (const listener of listeners) listener();
}

/** Loads the words of a feature in the current language; its screen is drawn only afterwards. */
export async function loadMessages(feature: FeatureWithMessages): Promise<void> {
  const locale: LocaleName = currentLocale() === 'ko' ? 'ko' : 'en';
  // Before waiting: a change of language meanwhile must bring these too.
  opened.add(feature);
  const { messages } = await FEATURE_MESSAGES[feature][locale]();
  i18n.load(locale, messages);
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

import { ApiError } from '../api/client.ts';
import { errorWords } from '../i18n/error-words.ts';
import { t } from '../i18n/index.ts';

/** What went wrong, in the reader's language, for a line or a toast. */
export function errorText(error: unknown): string {
  // The browser's own words for it ("Failed to fetch") are nobody's language.
  if (error instanceof ApiError && error.code === 'network') return t('kit.failure.networkWhy');
  if (error instanceof ApiError) return errorWords(error).message;
  return error instanceof Error ? error.message : String(error);
}

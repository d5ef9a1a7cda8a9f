import { ApiError } from '../api/client.ts';
import { errorWords } from '../i18n/error-words.ts';

/** What went wrong, in the reader's language, for a line or a toast. */
export function errorText(error: unknown): string {
  if (error instanceof ApiError) return errorWords(error).message;
  return error instanceof Error ? error.message : String(error);
}

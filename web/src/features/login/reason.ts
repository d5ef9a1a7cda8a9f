import { ApiError } from '../../api/client.ts';
import { t } from '../../i18n/index.ts';
import { errorText } from '../../kit/error-text.ts';

/** Why a step of signing in did not work. */
export function reason(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.code === 'network') return t('kit.failure.network');
  if (error.code === 'control.wrong-code') return t('signIn.code.wrong');
  if (error.code === 'control.half-token') return t('login.tooLate');
  if (error.status === 401) return t('login.refused');
  if (error.status === 429) return t('login.tooMany', { seconds: Math.ceil(error.retryAfter ?? 60) });
  if (error.code === 'control.busy') return t('login.crowded', { seconds: Math.ceil(error.retryAfter ?? 2) });
  return errorText(error);
}

/** The first step no longer counts: it begins with the password again. */
export const isOver = (error: unknown): boolean => error instanceof ApiError && error.code === 'control.half-token';

import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'login.title': '로그인',
};

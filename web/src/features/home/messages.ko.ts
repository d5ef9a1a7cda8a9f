import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'home.title': '홈',
};

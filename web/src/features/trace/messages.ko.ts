import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'trace.title': '트레이스',
};

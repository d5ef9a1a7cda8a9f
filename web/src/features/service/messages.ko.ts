import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'service.title': '서비스',
};

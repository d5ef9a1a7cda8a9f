import type { messages as en } from './messages.en.ts';

export const messages: Record<keyof typeof en, string> = {
  'services.title': '서비스',
};

import { messages as app } from '../app/messages.en.ts';
import { messages as home } from '../features/home/messages.en.ts';
import { messages as login } from '../features/login/messages.en.ts';
import { messages as logs } from '../features/logs/messages.en.ts';
import { messages as metrics } from '../features/metrics/messages.en.ts';
import { messages as service } from '../features/service/messages.en.ts';
import { messages as services } from '../features/services/messages.en.ts';
import { messages as settings } from '../features/settings/messages.en.ts';
import { messages as trace } from '../features/trace/messages.en.ts';
import { messages as traces } from '../features/traces/messages.en.ts';
import { messages as kit } from '../kit/messages.en.ts';
import { messages as time } from '../time/messages.en.ts';

export const catalogue = {
  ...app,
  ...kit,
  ...time,
  ...login,
  ...home,
  ...services,
  ...service,
  ...metrics,
  ...settings,
  ...logs,
  ...traces,
  ...trace,
};

export type MessageId = keyof typeof catalogue;
export type Catalogue = Record<MessageId, string>;

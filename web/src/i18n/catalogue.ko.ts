import { messages as app } from '../app/messages.ko.ts';
import { messages as login } from '../features/login/messages.ko.ts';
import { messages as services } from '../features/services/messages.ko.ts';
import { messages as traces } from '../features/traces/messages.ko.ts';
import { messages as kit } from '../kit/messages.ko.ts';
import { messages as time } from '../time/messages.ko.ts';
import type { Catalogue } from './catalogue.en.ts';

export const catalogue: Catalogue = {
  ...app,
  ...kit,
  ...time,
  ...login,
  ...services,
  ...traces,
};

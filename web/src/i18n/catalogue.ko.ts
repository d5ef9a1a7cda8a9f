import { messages as app } from '../app/messages.ko.ts';
import { messages as traces } from '../features/traces/messages.ko.ts';
import { messages as kit } from '../kit/messages.ko.ts';
import { messages as time } from '../time/messages.ko.ts';
import type { Catalogue } from './catalogue.en.ts';

export const catalogue: Catalogue = {
  ...app,
  ...kit,
  ...time,
  ...traces,
};

import { messages as app } from '../app/messages.en.ts';
import { messages as traces } from '../features/traces/messages.en.ts';
import { messages as kit } from '../kit/messages.en.ts';
import { messages as time } from '../time/messages.en.ts';

/** What every screen may need. The words of the features in `catalogue.features.ts` come with their screens. */
export const catalogue = {
  ...app,
  ...kit,
  ...time,
  ...traces,
};

export type Catalogue = Record<keyof typeof catalogue, string>;

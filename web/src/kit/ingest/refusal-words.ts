import type { IngestActivityEvent } from '@hanok/contract';
import { errorWords } from '../../i18n/error-words.ts';
import { eventText } from './ingest-words.ts';

type Refused = Pick<IngestActivityEvent, 'code' | 'message' | 'fix' | 'reason' | 'values'>;

/** A refusal has the words of the error that its sender was answered. */
const words = ({ code, message, fix, reason, values }: Refused) =>
  errorWords({ code: code ?? '', message: message ?? code ?? '', fix: fix ?? undefined, reason, values });

export const refusalText = (event: Refused): string =>
  eventText({ ...event, code: null, message: null }) || words(event).message;

/** What to change; undefined when nobody can say. */
export const refusalFix = (event: Refused): string | undefined => words(event).fix;

import { parse, QueryError } from '@hanok/contract/query';
import { errorWords } from '../../i18n/error-words.ts';

export interface QueryFault {
  /** Offset in UTF-16 code units, and how many of them are meant. */
  readonly at: number;
  readonly length: number;
  /** In the reader's language. */
  readonly message: string;
  readonly fix: string | undefined;
}

/** What is wrong with a query's text, or undefined when it can be run. */
export function queryFault(text: string): QueryFault | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const { at, length, reason, values } = error;
    const { message, fix } = errorWords({
      code: 'query.syntax',
      reason,
      values,
      message: error.message,
      fix: error.fix,
    });
    return { at, length, message, fix };
  }
}

import { parse, QueryError } from '@hanok/contract/query';

/** What is wrong with a query's text, or undefined when it can be run. */
export function queryFault(text: string): QueryError | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}

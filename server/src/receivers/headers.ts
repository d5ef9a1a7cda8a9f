import { type HanokError, repeatedHeader } from '#base';
import { fail } from './errors.ts';

/** @param raw names and values in turn, as they came */
export function repeatedHeaderError(raw: readonly string[]): HanokError | undefined {
  const header = repeatedHeader(raw);
  if (header === undefined) return undefined;
  return fail('receivers.repeated-header', `the header ${header} comes twice`, { at: header, values: { header } });
}

import type { IngestActivityResponse } from '@hanok/contract';
import { OPERATOR_TENANT } from '#base';
import type { NoticeReader } from '../ingest-activity/routes.ts';
import type { WrongKeys } from './wrong-keys.ts';

/**
 * What an operator of the whole instance is told of addresses that send wrong keys. Nobody else is: whose keys they guess
 * is not known, and addresses of strangers are nothing for a tenant to know.
 */
export function wrongKeyNotices(
  { operator, tenant }: NoticeReader,
  sources: readonly WrongKeys[],
): IngestActivityResponse['notices'] {
  if (!operator || (tenant !== undefined && tenant !== OPERATOR_TENANT)) return [];
  return sources.map(({ count, remote, at }) => {
    const last = new Date(at).toISOString();
    return {
      code: 'edge.wrong-keys',
      level: 'warn',
      message: `${count} requests with wrong ingest keys came from ${remote}, the last at ${last}: a sender has an old key, or somebody guesses. They are answered 429 (HANOK_WRONG_KEYS_PER_MINUTE); keys in force are taken from there all the while`,
      values: { count, remote, at: last },
    };
  });
}

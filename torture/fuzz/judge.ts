/** Everything one input goes through: inflated as a receiver would, decoded, held against the judge. */
import { isHanokError } from '../../server/src/base/index.ts';
import { DEFAULT_LIMITS } from '../../server/src/pipeline/index.ts';
import { openOtlpDecoder } from '../../server/src/receivers/otlp/index.ts';
import type { FuzzInput } from '../../server/src/receivers/otlp/testkit/inputs.ts';
import { judgeJson, judgeProtobuf, type Verdict } from '../../server/src/receivers/otlp/testkit/judge.ts';
import { inflate } from '../../server/src/receivers/workers/inflate.ts';

/** Far more than any input here inflates to unless it is a bomb. */
const MOST_INFLATED_BYTES = 4 * 1024 ** 2;
const REFUSED_CODES: ReadonlySet<string> = new Set(['receivers.compressed-data', 'receivers.too-large-inflated']);

export type Judge = (input: FuzzInput) => Verdict;

export function openJudge(): Judge {
  const decoder = openOtlpDecoder(DEFAULT_LIMITS);
  const other = openOtlpDecoder(DEFAULT_LIMITS);
  return ({ signal, encoding, coding, bytes }) => {
    let body: Uint8Array = bytes;
    if (coding !== undefined) {
      try {
        body = inflate(coding, bytes, MOST_INFLATED_BYTES);
      } catch (error) {
        if (isHanokError(error) && REFUSED_CODES.has(error.code)) return 'refused';
        throw error;
      }
      if (body.length > MOST_INFLATED_BYTES) throw new Error(`inflated to ${body.length} bytes, past the limit`);
    }
    return encoding === 'json' ? judgeJson(decoder, other, signal, body) : judgeProtobuf(decoder, signal, body);
  };
}

/** As small as can be found in a bounded number of tries while it fails in the same way. */
export function minimise(input: FuzzInput, fails: (input: FuzzInput) => boolean): FuzzInput {
  let best = input;
  let tries = 3_000;
  for (let piece = best.bytes.length >> 1; piece >= 1 && tries > 0; piece >>= 1) {
    for (let at = 0; at < best.bytes.length && tries > 0; tries--) {
      const bytes = Buffer.concat([best.bytes.subarray(0, at), best.bytes.subarray(at + piece)]);
      const smaller = { ...best, bytes };
      if (fails(smaller)) best = smaller;
      else at += piece;
    }
  }
  return best;
}

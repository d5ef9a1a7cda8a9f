import type { Decoded } from '../../server/src/receivers/workers/decoder.ts';

/** What a decoder gives that only counts a record: for measuring transports alone. */
export const DECODED_NOTHING: Decoded = {
  batch: null,
  token: 0,
  rejected: 0,
  message: '',
  records: 1,
  reason: undefined,
  values: undefined,
  marks: {},
  limited: [],
  firstService: null,
};

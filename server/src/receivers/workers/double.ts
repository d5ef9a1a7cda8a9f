import { HanokError, LAYOUT_VERSION } from '#base';
import type { Decoder } from './decoder.ts';

/**
 * A decoder for tests of everything around the decoder. The body is text: empty is an empty request, otherwise one record
 * per comma-separated word. Words with an effect: `malformed`, `bug`, `reject` (this record is rejected), `exit` and `hang`
 * (for the whole thread), `nap` (50 ms).
 */
export function openDouble(): Decoder & { readonly confirmed: number[] } {
  const confirmed: number[] = [];
  let made = 0;
  return {
    confirmed,
    confirm: (token) => confirmed.push(token),
    decode(signal, _encoding, bytes, context) {
      const words = bytes.length === 0 ? [] : Buffer.from(bytes).toString().split(',');
      if (words.includes('malformed'))
        throw new HanokError(
          'otlp.malformed',
          { kind: 'caller', status: 400, retry: false, fix: 'Send OTLP.' },
          'the body is not OTLP',
          { at: 'byte 7' },
        );
      if (words.includes('bug')) throw new TypeError('secret inner text');
      if (words.includes('exit')) process.exit(3);
      while (words.includes('hang'));
      if (words.includes('nap')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      const rejected = words.filter((word) => word === 'reject').length;
      const records = words.length - rejected;
      const block = { table: 'logs', rows: records, bytes: Uint8Array.from(bytes) } as const;
      const batch = {
        tenant: context.tenant,
        signal,
        layoutVersion: LAYOUT_VERSION,
        records,
        minTime: context.arrival,
        maxTime: context.arrival,
        blocks: [block],
      };
      const firstService = words[0] ?? null;
      const message = rejected > 0 ? `${rejected} rejected` : '';
      return {
        batch: records > 0 ? batch : null,
        token: ++made,
        rejected,
        message,
        reason: rejected > 0 ? 'double' : undefined,
        values: undefined,
        marks: {},
        limited: [],
        records,
        firstService,
      };
    },
  };
}

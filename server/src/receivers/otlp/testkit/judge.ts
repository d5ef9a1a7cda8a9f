import { deepStrictEqual } from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import type { Signal, TenantId } from '@hanok/contract';
import { isHanokError, readBlocks } from '#base';
import type { Decoded, OtlpDecoder } from '../index.ts';
import { compare, everything } from './compare.ts';
import { ARRIVAL } from './generate.ts';
import { NotARequest, nesting, toProtobuf } from './json-peer.ts';
import { decode as peerDecode } from './peer.ts';

/**
 * `agreed`: both took it and read the same. `refused`: both refused it. The rest is where we differ on purpose:
 * `kinder`: we repair text that is not UTF-8, and step over nesting deeper than anybody reads, where protobufjs refuses.
 * `stricter`: groups, and numbers of more than ten bytes; in fields it does not know protobufjs steps over both.
 * `limited`: both took it, but it passes a limit of ours, so that what is kept is less than what was sent.
 */
export type Verdict = 'agreed' | 'refused' | 'kinder' | 'stricter' | 'limited';

/** Thrown when decoder and judge differ and no written rule says why. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

export const context = {
  tenant: 'tenant-a' as TenantId,
  arrival: ARRIVAL,
  epoch: 'first',
  retentionDays: { logs: 30, traces: 14, metrics: 90 },
};

/** Result of ours; its message when it was refused as malformed, saying where. Any other failure is thrown. */
export function ours(
  decoder: OtlpDecoder,
  signal: Signal,
  encoding: 'protobuf' | 'json',
  bytes: Uint8Array,
): Decoded | string {
  try {
    const decoded = decoder.decode(signal, encoding, bytes, context);
    for (const block of decoded.batch?.blocks ?? []) {
      let rows = 0;
      for (const one of readBlocks(block.bytes)) rows += one.rows;
      if (rows !== block.rows) throw new Disagreement(`${block.table} says ${block.rows} rows and has ${rows}`);
    }
    return decoded;
  } catch (error) {
    if (!isHanokError(error) || error.code !== 'otlp.malformed') throw error;
    if (!/^(?:byte|position) \d+$/.test(error.at ?? '')) throw new Disagreement(`refused without a place: ${error.at}`);
    return error.message;
  }
}

const LIMITS = ['value-cut', 'key-cut', 'attributes-dropped', 'depth-cut'] as const;

/** True when a limit kept less than was sent; comparing would only find that out again. */
export function isLimited(decoded: Decoded): boolean {
  return LIMITS.some((mark) => decoded.marks[mark] > 0) || /more |beyond/.test(decoded.message);
}

export function judgeProtobuf(decoder: OtlpDecoder, signal: Signal, bytes: Uint8Array): Verdict {
  const decoded = ours(decoder, signal, 'protobuf', bytes);
  let message: Record<string, unknown> | undefined;
  let reason = '';
  try {
    message = peerDecode(signal, bytes);
  } catch (error) {
    reason = String(error);
  }
  const refused = typeof decoded === 'string';
  if (refused && !message) return 'refused';
  if (!message) {
    if (/not valid for encoding utf-8|max depth|recursion|nesting/i.test(reason)) return 'kinder';
    throw new Disagreement(`we accept, protobufjs refuses: ${reason}`);
  }
  if (refused) {
    if (/number of more than 10 bytes|unknown wire type [34]/.test(decoded)) return 'stricter';
    throw new Disagreement(`we refuse, protobufjs accepts: ${decoded}`);
  }
  if (isLimited(decoded)) return 'limited';
  try {
    compare[signal](decoded, message);
  } catch (error) {
    throw new Disagreement(`read differently: ${(error as Error).message}`, { cause: error });
  }
  return 'agreed';
}

/** Below the depth at which either side gives up. */
const SURELY_READ_LEVELS = 100;

/**
 * The same judgement on JSON: what `json-peer.ts` makes of the text, decoded as protobuf, must give the same rows. Two
 * decoders, since each remembers what it has seen.
 */
export function judgeJson(decoder: OtlpDecoder, other: OtlpDecoder, signal: Signal, bytes: Uint8Array): Verdict {
  const decoded = ours(decoder, signal, 'json', bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  if (nesting(text) > SURELY_READ_LEVELS) return typeof decoded === 'string' ? 'refused' : 'limited';
  let peer: Uint8Array | undefined;
  let reason = '';
  try {
    peer = toProtobuf(signal, text);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof NotARequest)) throw error;
    reason = error.message;
  }
  const refused = typeof decoded === 'string';
  if (refused && !peer) return 'refused';
  if (!peer) throw new Disagreement(`we accept, the judge refuses: ${reason}`);
  if (refused) throw new Disagreement(`we refuse, the judge accepts: ${decoded}`);
  if (isLimited(decoded)) return 'limited';
  // The judge repairs before us; how many replacement characters that makes is nobody's rule.
  if (!isUtf8(bytes) || decoded.marks['utf8-repaired'] > 0) return 'kinder';
  const expected = ours(other, signal, 'protobuf', peer);
  if (typeof expected === 'string') throw new Disagreement(`what the judge made of it is refused: ${expected}`);
  const rows = (of: Decoded) => everything(of).filter(({ table }) => table !== 'fields');
  try {
    deepStrictEqual({ ...decoded, batch: null, token: 0 }, { ...expected, batch: null, token: 0 });
    deepStrictEqual(rows(decoded), rows(expected));
  } catch (error) {
    throw new Disagreement(`read differently: ${(error as Error).message}`, { cause: error });
  }
  return 'agreed';
}

import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Schema } from '../schema.ts';
import { ChainCheck, type Finding } from './chain-check.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { checkpointLine, signedCheckpoint } from './checkpoint-file.ts';
import { checkpointsOf, entriesOf, genesisOf, headOf, publicKeysOf } from './read-chain.ts';

/**
 * A chain as JSON lines: `{"chain","genesis","keys"}` first, then entries in order, with every column that their hashes
 * cover, each checkpoint after the entry it is of, and `{"end":{"seq","hash"}}` last. `before`, `after` and `detail` are
 * texts, as they are hashed.
 */
export async function* exportChain(database: Kysely<Schema>, chain: string): AsyncGenerator<string> {
  const head = await headOf(database, chain);
  const keys = Object.fromEntries(await publicKeysOf(database));
  const checkpoints = await checkpointsOf(database, chain);
  yield `${JSON.stringify({ chain, genesis: await genesisOf(database, chain), keys })}\n`;
  let next = 0;
  /** The checkpoints of entries up to `seq`; those of entries that were removed stand first. */
  const upTo = (seq: bigint): string => {
    let lines = '';
    for (let one = checkpoints[next]; one && BigInt(one.seq) <= seq; one = checkpoints[++next])
      lines += `{"checkpoint":${checkpointLine(one).trimEnd()}}\n`;
    return lines;
  };
  if (head) {
    const begin = upTo(head.first - 1n);
    if (begin !== '') yield begin;
    // What is appended while the export runs is in the next one.
    for await (const rows of entriesOf(database, chain, { until: head.seq })) {
      let lines = '';
      for (const row of rows) {
        const { chain: _, seq, at, hash, ...told } = row;
        lines += `${JSON.stringify({ seq: Number(seq), at: Number(at), ...told, hash })}\n${upTo(BigInt(seq))}`;
      }
      yield lines;
    }
  }
  yield `${JSON.stringify({ end: { seq: Number(head?.seq ?? 0n), hash: head?.hash ?? null } })}\n`;
}

const integer = z.number().int();
const text = z.string();
const header = z.object({ chain: text, genesis: text, keys: z.record(text, text) });
const entry = z.object({
  seq: integer,
  at: integer,
  actor: text,
  remote: text,
  tenant: text.nullable(),
  action: text,
  target: text,
  outcome: text,
  reason: text.nullable(),
  request_id: text.nullable(),
  before: text.nullable(),
  after: text.nullable(),
  detail: text,
  hash: text,
});
const checkpoint = z.object({ checkpoint: signedCheckpoint });
const end = z.object({ end: z.object({ seq: integer, hash: text.nullable() }) });

export interface ExportVerified {
  readonly ok: boolean;
  readonly chain: string;
  readonly rows: number;
  readonly checkpoints: number;
  readonly head: { readonly seq: number; readonly hash: string };
  readonly broken: Finding | null;
}

/**
 * Verifies an export by itself. Checkpoints are read first, because they say where the chain begins: `read` is called
 * twice. @param trusted public keys by id; undefined: those in the export, which whoever wrote it chose
 */
export async function verifyExport(
  read: () => AsyncIterable<string>,
  trusted: ReadonlyMap<string, string> | undefined,
): Promise<ExportVerified> {
  let about: z.output<typeof header> | undefined;
  const checkpoints: SignedCheckpoint[] = [];
  let ended: { readonly seq: number; readonly hash: string | null } | undefined;
  let unreadable: number | undefined;
  let lines = 0;
  for await (const line of read()) {
    lines++;
    const parsed = parse(line);
    if (lines === 1) about = header.safeParse(parsed).data;
    else if (parsed === undefined) unreadable ??= lines;
    else {
      const signed = checkpoint.safeParse(parsed).data;
      if (signed) checkpoints.push(signed.checkpoint);
      ended = end.safeParse(parsed).data?.end ?? ended;
    }
  }
  const chain = about?.chain ?? '';
  const check = new ChainCheck({
    chain,
    keys: trusted ?? new Map(Object.entries(about?.keys ?? {})),
    genesis: about?.genesis ?? '',
    checkpoints,
    noted: [],
    witnesses: ended?.hash ? [{ seq: ended.seq, hash: ended.hash, where: 'anchor' }] : [],
  });
  if (!about) check.note('not-an-export', 'the first line is not that of an export');
  for await (const line of read()) {
    const row = entry.safeParse(parse(line)).data;
    if (row) check.take({ ...row, chain });
  }
  check.end();
  if (unreadable !== undefined) check.note('changed', `line ${unreadable} of the export cannot be read`);
  else if (!ended) check.note('cut-off', 'the export has no last line: it was cut off');
  return check.verdict();
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

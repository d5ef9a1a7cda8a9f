import type { Log } from '#base';
import type { Dialect } from '../dialect/dialect.ts';
import type { InstanceSigner } from '../signing/signer.ts';
import { recordHash } from './chain.ts';
import { type SignedCheckpoint, signCheckpoint } from './checkpoint.ts';
import { appendCheckpoints } from './checkpoint-file.ts';
import { entriesOf, genesisOf } from './read-chain.ts';

export interface CheckpointDeps {
  readonly dialect: Dialect;
  readonly signer: InstanceSigner;
  readonly log: Log;
  /** Where the file of checkpoints lies. */
  readonly dataDir: string;
}

export const checkpointValues = ({ key, ...checkpoint }: SignedCheckpoint) => ({
  ...checkpoint,
  seq: Number(checkpoint.seq),
  at: Number(checkpoint.at),
  kept: Number(checkpoint.kept),
  key_id: key,
});

/**
 * Signs the head of every chain that moved since its last checkpoint, in the database and in the file. A chain whose new
 * entries do not fit together is not signed: a signature would make good what somebody changed.
 */
export async function writeCheckpoints(deps: CheckpointDeps, now: number): Promise<readonly SignedCheckpoint[]> {
  const { dialect, signer, log, dataDir } = deps;
  const { database } = dialect;
  const moved = await database
    .selectFrom('audit_chains as c')
    .leftJoin(
      (join) =>
        join
          .selectFrom('audit_checkpoints')
          .select(({ fn }) => ['chain', fn.max('seq').as('seq')])
          .groupBy('chain')
          .as('k'),
      (on) => on.onRef('k.chain', '=', 'c.chain'),
    )
    .select(['c.chain', 'c.seq', 'c.hash', 'c.first_seq', 'k.seq as signed'])
    .where((where) => where.or([where('k.seq', 'is', null), where('k.seq', '<', where.ref('c.seq'))]))
    .where('c.seq', '>', 0)
    .orderBy('c.chain')
    .execute();
  const written: SignedCheckpoint[] = [];
  for (const { chain, seq, hash, first_seq, signed } of moved) {
    const since = signed ?? first_seq - 1;
    const before =
      signed === null
        ? await genesisOf(database, chain)
        : (
            await database
              .selectFrom('audit_entries')
              .select('hash')
              .where('chain', '=', chain)
              .where('seq', '=', signed)
              .executeTakeFirst()
          )?.hash;
    let [last, previous] = [BigInt(since), before];
    for await (const rows of entriesOf(database, chain, { after: BigInt(since), until: BigInt(seq) }))
      for (const row of rows) {
        const fits = BigInt(row.seq) === last + 1n && previous !== undefined && recordHash(previous, row) === row.hash;
        last = BigInt(row.seq);
        previous = fits ? row.hash : undefined;
      }
    if (last !== BigInt(seq) || previous !== hash) {
      log.error({ chain, since, seq }, 'the audit log was changed: its newest entries do not fit and are not signed');
      continue;
    }
    written.push(signCheckpoint(signer, { chain, seq, hash, at: now, kept: first_seq }));
  }
  if (written.length === 0) return written;
  await database
    .insertInto('audit_checkpoints')
    .values(written.map(checkpointValues))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  appendCheckpoints(dataDir, written);
  return written;
}

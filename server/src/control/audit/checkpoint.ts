import { verifyText } from '../signing/signature.ts';
import type { InstanceSigner } from '../signing/signer.ts';
import { exactList } from './chain.ts';

/** What an instance vouches for: that at a moment a chain's newest entry had this number and this hash. */
export interface Checkpoint {
  readonly chain: string;
  readonly seq: number | bigint;
  readonly hash: string;
  /** Unix milliseconds. */
  readonly at: number | bigint;
  /** The first entry that was kept then: those before it were removed because their time was over. */
  readonly kept: number | bigint;
  /** Id of the key that signs. */
  readonly key: string;
}

export interface SignedCheckpoint extends Checkpoint {
  /** Ed25519 over `hanok audit-checkpoint LF JSON([chain, seq, hash, at, kept, key])`, base64url. */
  readonly signature: string;
}

const textOf = ({ chain, seq, hash, at, kept, key }: Checkpoint): string =>
  exactList([chain, seq, hash, at, kept, key]);

export function signCheckpoint(signer: InstanceSigner, what: Omit<Checkpoint, 'key'>): SignedCheckpoint {
  const checkpoint = { ...what, key: signer.keyId };
  return { ...checkpoint, signature: signer.sign('audit-checkpoint', textOf(checkpoint)) };
}

/** @param keys public keys (PEM) by id; only these are trusted */
export function judgeCheckpoint(
  checkpoint: SignedCheckpoint,
  keys: ReadonlyMap<string, string>,
): 'good' | 'forged-checkpoint' | 'unknown-key' {
  const key = keys.get(checkpoint.key);
  if (key === undefined) return 'unknown-key';
  return verifyText(key, 'audit-checkpoint', textOf(checkpoint), checkpoint.signature) ? 'good' : 'forged-checkpoint';
}

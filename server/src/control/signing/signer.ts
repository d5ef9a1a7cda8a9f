import type { Clock } from '#base';
import type { Dialect } from '../dialect/dialect.ts';
import type { RandomBytes } from '../identity/secret.ts';
import { openKeyFile } from './key-file.ts';
import { keyIdOf, type SigningPurpose, signText } from './signature.ts';

/** A key that some process on this database signs or signed with. */
export interface SigningKey {
  readonly id: string;
  /** SPKI as PEM. */
  readonly publicKey: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** Signs what this instance vouches for, with a key that lies in its data directory alone. */
export interface InstanceSigner {
  readonly keyId: string;
  /** SPKI as PEM. */
  readonly publicKey: string;
  /** Ed25519 over purpose and text, as base64url; `verifyText` checks it. */
  sign(purpose: SigningPurpose, text: string): string;
  /** Of all processes that ever ran on this database, this one's included, oldest first. */
  publicKeys(): Promise<readonly SigningKey[]>;
}

/** Makes the key on the first start in `dataDir`, and lists its public half in the database. */
export async function openInstanceSigner(deps: {
  readonly dialect: Dialect;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: RandomBytes;
}): Promise<InstanceSigner> {
  const { database } = deps.dialect;
  const { privateKey, publicKey } = openKeyFile(deps.dataDir, deps.random);
  const keyId = keyIdOf(publicKey);
  await database
    .insertInto('signing_keys')
    .values({ id: keyId, public_key: publicKey, created_at: deps.clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return {
    keyId,
    publicKey,
    sign: (purpose, text) => signText(privateKey, purpose, text),
    async publicKeys() {
      const rows = await database.selectFrom('signing_keys').selectAll().orderBy('created_at').orderBy('id').execute();
      return rows.map((row) => ({ id: row.id, publicKey: row.public_key, createdAt: row.created_at }));
    },
  };
}

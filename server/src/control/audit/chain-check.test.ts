import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyIdOf, signText } from '../signing/signature.ts';
import type { InstanceSigner } from '../signing/signer.ts';
import { type ChainedRecord, GENESIS, recordHash } from './chain.ts';
import { ChainCheck, type Known } from './chain-check.ts';
import { signCheckpoint } from './checkpoint.ts';

const CHAIN = 'tenant-a';

function chain(length: number): ChainedRecord[] {
  const rows: ChainedRecord[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const record = {
      chain: CHAIN,
      seq,
      at: 1_795_219_200_000 + seq,
      actor: `actor ${seq % 3}`,
      remote: '192.0.2.1',
      tenant: seq % 4 === 0 ? null : CHAIN,
      action: 'key.create',
      target: `k_${seq}`,
      outcome: 'ok',
      reason: seq % 5 === 0 ? 'asked for' : null,
      request_id: `r${seq}`,
      before: seq % 2 ? JSON.stringify({ role: 'member' }) : null,
      after: JSON.stringify({ role: 'admin' }),
      detail: JSON.stringify({ n: seq }),
    };
    rows.push({ ...record, hash: recordHash(rows.at(-1)?.hash ?? GENESIS, record) });
  }
  return rows;
}

function signer(): InstanceSigner {
  const pair = generateKeyPairSync('ed25519');
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const key = createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return {
    keyId: keyIdOf(publicKey),
    publicKey,
    isNew: true,
    sign: (purpose, text) => signText(key, purpose, text),
    publicKeys: async () => [],
  };
}

const ours = signer();
const keys = new Map([[ours.keyId, ours.publicKey]]);
const signed = (rows: readonly ChainedRecord[], seq: number, kept = 1, by = ours) =>
  signCheckpoint(by, { chain: CHAIN, seq, hash: rows[seq - 1]!.hash, at: 1_795_219_300_000, kept });

function check(rows: readonly ChainedRecord[], known: Partial<Known> = {}) {
  const one = new ChainCheck({
    chain: CHAIN,
    keys,
    genesis: GENESIS,
    checkpoints: [],
    noted: [],
    witnesses: [],
    ...known,
  });
  for (const row of rows) one.take(row);
  one.end();
  return one;
}

const rows = chain(40);
const last = rows.at(-1)!;
const witnesses = [{ seq: last.seq, hash: last.hash, where: 'given' as const }];

describe('a chain', () => {
  it('is whole when nobody touched it', () => {
    expect(check(rows, { witnesses, checkpoints: [signed(rows, 20), signed(rows, 40)] })).toMatchObject({
      broken: null,
      rows: 40,
      checkpoints: 2,
      head: { seq: 40, hash: last.hash },
    });
  });

  it('shows any changed field, at its entry', () => {
    const fields = Object.keys(last) as (keyof ChainedRecord)[];
    fc.assert(
      fc.property(fc.nat(rows.length - 1), fc.constantFrom(...fields), (index, field) => {
        if (field === 'chain') return;
        const row = rows[index]!;
        const other = typeof row[field] === 'number' ? row[field] + 1 : `${row[field]}x`;
        const found = check(rows.with(index, { ...row, [field]: other } as ChainedRecord), { witnesses }).broken;
        // A changed hash is told by the head or the next entry; a changed number by the one it leaves missing.
        expect(found).toMatchObject({ seq: index + 1, chain: CHAIN });
      }),
      { numRuns: 400 },
    );
  });

  it('shows removed, doubled and exchanged entries, and a cut-off end', () => {
    fc.assert(
      fc.property(fc.nat(rows.length - 1), fc.nat(rows.length - 1), (i, j) => {
        expect(check(rows.toSpliced(i, 1), { witnesses }).broken?.seq).toBe(i + 1);
        expect(check(rows.toSpliced(i, 0, rows[j]!), { witnesses }).broken).not.toBeNull();
        expect(check(rows.slice(0, i), { witnesses }).broken).toMatchObject({ seq: i + 1, code: 'cut-off' });
        if (i !== j)
          expect(check(rows.with(i, rows[j]!).with(j, rows[i]!), { witnesses }).broken?.seq).toBe(Math.min(i, j) + 1);
      }),
    );
  });

  it('tells integers beyond 2^53 apart', () => {
    const at = 2n ** 60n;
    expect(recordHash(GENESIS, { ...last, at })).not.toBe(recordHash(GENESIS, { ...last, at: at + 1n }));
    expect(recordHash(GENESIS, { ...last, at: 5n })).toBe(recordHash(GENESIS, { ...last, at: 5 }));
  });
});

describe('checkpoints', () => {
  const forged = (() => {
    const made = rows.slice(0, 10);
    for (const row of rows.slice(10)) {
      const record = { ...row, target: 'something else' };
      made.push({ ...record, hash: recordHash(made.at(-1)!.hash, record) });
    }
    return made;
  })();

  it('show a chain rewritten from some entry on, hashes and all', () => {
    expect(check(forged, { checkpoints: [signed(rows, 26)] }).broken).toMatchObject({
      code: 'rewritten',
      seq: 26,
      values: { witness: 'checkpoint' },
    });
    expect(check(forged, { checkpoints: [signed(forged, 26)], noted: [signed(rows, 26)] }).broken).toMatchObject({
      code: 'rewritten',
      values: { witness: 'file' },
    });
  });

  it('are nothing when they are not signed by a key that is known', () => {
    const stranger = signer();
    expect(check(forged, { checkpoints: [signed(forged, 26, 1, stranger)] }).broken).toMatchObject({
      code: 'unknown-key',
      seq: 26,
    });
    const renamed = { ...signed(forged, 26, 1, stranger), key: ours.keyId };
    expect(check(forged, { checkpoints: [renamed] }).broken).toMatchObject({ code: 'forged-checkpoint', seq: 26 });
    for (const change of [{ seq: 27 }, { hash: last.hash }, { at: 1 }, { kept: 2 }, { chain: 'tenant-b' }])
      expect(check(rows, { checkpoints: [{ ...signed(rows, 26), ...change }] }).broken?.code).toBe('forged-checkpoint');
  });

  it('say where a chain begins whose old entries were removed, and nothing else says it', () => {
    const kept = rows.slice(20);
    const checkpoints = [signed(rows, 20), signed(rows, 40, 21)];
    expect(check(kept, { checkpoints, witnesses })).toMatchObject({ broken: null, rows: 20 });
    expect(check(kept, { checkpoints: [signed(rows, 20), signed(rows, 40)] }).broken).toMatchObject({
      code: 'missing',
      seq: 1,
    });
    expect(check(rows.slice(25), { checkpoints }).broken).toMatchObject({ code: 'missing', seq: 21 });
    expect(check(kept, { checkpoints: [signed(rows, 40, 21)] }).broken).toMatchObject({ code: 'checkpoint-gone' });
    expect(check([], { checkpoints: [signed(rows, 40), signed(rows, 40, 41)] })).toMatchObject({
      broken: null,
      head: { seq: 40, hash: last.hash },
    });
  });

  it('that the file has and the database has not are missed', () => {
    expect(check(rows, { noted: [signed(rows, 26)] }).broken).toMatchObject({ code: 'checkpoint-gone', seq: 26 });
  });
});

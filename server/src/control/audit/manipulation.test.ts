import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#base';
import { openKeyFile, publicKeyPath } from '../signing/key-file.ts';
import { keyIdOf, signText } from '../signing/signature.ts';
import { type ControlInstance, countedBytes, openControlInstance } from '../testkit/index.ts';
import { type ChainedRecord, exactList, recordHash } from './chain.ts';
import { checkpointFilePath } from './checkpoint-file.ts';
import type { AuditEntry } from './log.ts';
import { verifyAuditLog } from './verify-log.ts';

/** What somebody with the database's own tools does to it, on each database, and what the verification says. */
let instance: ControlInstance;
beforeEach(async () => {
  instance = await openControlInstance();
  for (let i = 1; i <= 10; i++) {
    await instance.control.audit.append(entry(`t${i}`));
    if (i === 6) await instance.control.audit.checkpoint();
    instance.clock.advance(1);
  }
});
afterEach(() => instance?.close());

const entry = (target: string): AuditEntry => ({
  actor: { name: 'someone@a.example', tenant: 'tenant-a', remote: '192.0.2.1' },
  action: 'test',
  target,
  outcome: 'ok',
});
const raw = (sql: string) => instance.database.raw(sql);
const postgres = () => instance.database.name === 'postgres';

/** Takes away what keeps tables from being changed, as an owner of the database can. */
async function disarm(table = 'audit_entries'): Promise<void> {
  for (const verb of ['update', 'delete'])
    await raw(`drop trigger ${table}_no_${verb}${postgres() ? ` on ${table}` : ''}`);
}

const place = () => (postgres() ? { url: instance.database.url } : { dataDir: instance.dataDir });
const verify = (more: { readonly keys?: ReadonlyMap<string, string>; readonly file?: boolean } = {}) =>
  verifyAuditLog(
    place(),
    { chain: undefined, dataDir: more.file === false ? undefined : instance.dataDir, keys: more.keys },
    { clock: instance.clock, log: silentLog },
  );
const broken = async (more: Parameters<typeof verify>[0] = {}) =>
  (await verify(more)).chains.flatMap(({ broken }) => (broken ? [[broken.chain, broken.seq, broken.code]] : []));

describe('verification from outside, of a program that runs,', () => {
  it('finds nothing where nothing was done, and names what it looked at', async () => {
    const { chains } = await verify();
    expect(chains.map(({ chain, ok, rows, checkpoints }) => [chain, ok, rows, checkpoints])).toEqual([
      ['@operators', true, 2, 1],
      ['tenant-a', true, 10, 1],
    ]);
    const publicKey = readFileSync(publicKeyPath(instance.dataDir), 'utf8');
    expect(await broken({ keys: new Map([[keyIdOf(publicKey), publicKey]]) })).toEqual([]);
  });

  it('finds a changed entry, whichever column it is in', async () => {
    await disarm();
    for (const [column, value] of Object.entries({
      at: '9007199254740993',
      actor: "'x'",
      remote: "'x'",
      tenant: 'null',
      target: "'x'",
      reason: "'x'",
      request_id: "'x'",
      after: "'{}'",
      detail: '\'{"x":1}\'',
    })) {
      const kept = await raw(
        `select cast("${column}" as text) as v from audit_entries where chain = 'tenant-a' and seq = 3`,
      );
      await raw(`update audit_entries set "${column}" = ${value} where chain = 'tenant-a' and seq = 3`);
      expect(await broken(), column).toEqual([['tenant-a', 3, 'changed']]);
      const before = kept[0]!['v'];
      const literal = before === null ? 'null' : column === 'at' ? String(before) : `'${String(before)}'`;
      await raw(`update audit_entries set "${column}" = ${literal} where chain = 'tenant-a' and seq = 3`);
      expect(await broken(), column).toEqual([]);
    }
  });

  it('finds a removed entry', async () => {
    await disarm();
    await raw("delete from audit_entries where chain = 'tenant-a' and seq = 4");
    expect(await broken()).toEqual([['tenant-a', 4, 'missing']]);
  });

  it('finds entries that changed places', async () => {
    await disarm();
    for (const [from, to] of [
      [4, 100],
      [7, 4],
      [100, 7],
    ])
      await raw(`update audit_entries set seq = ${to} where chain = 'tenant-a' and seq = ${from}`);
    expect(await broken()).toEqual([['tenant-a', 4, 'changed']]);
  });

  it('finds an inserted entry, between others and far beyond 2^53', async () => {
    const copy = (seq: string) =>
      raw(
        `insert into audit_entries (chain, seq, at, actor, remote, tenant, action, target, outcome, detail, hash) select chain, ${seq}, at, actor, remote, tenant, action, target, outcome, detail, hash from audit_entries where chain = 'tenant-a' and seq = 4`,
      );
    await copy('9223372036854775807');
    const { chains } = await verify();
    expect(chains.find(({ chain }) => chain === 'tenant-a')?.broken).toMatchObject({
      seq: 11,
      code: 'missing',
      values: { found: '9223372036854775807' },
    });
    await disarm();
    await raw('delete from audit_entries where seq > 1000');
    // SQLite looks at each row as it goes.
    await raw("update audit_entries set seq = -seq where chain = 'tenant-a' and seq > 4");
    await raw("update audit_entries set seq = 1 - seq where chain = 'tenant-a' and seq < 0");
    await copy('5');
    expect(await broken()).toEqual([['tenant-a', 5, 'changed']]);
  });

  it('finds a cut-off end, with the anchor moved as well by the file and the checkpoints', async () => {
    await disarm();
    await raw("delete from audit_entries where chain = 'tenant-a' and seq > 8");
    expect(await broken()).toEqual([['tenant-a', 9, 'cut-off']]);
    await raw("delete from audit_entries where chain = 'tenant-a' and seq > 5");
    await raw(
      "update audit_chains set seq = 5, hash = (select hash from audit_entries where chain = 'tenant-a' and seq = 5) where chain = 'tenant-a'",
    );
    expect(await broken()).toEqual([['tenant-a', 6, 'cut-off']]);
    await disarm('audit_checkpoints');
    await raw("delete from audit_checkpoints where chain = 'tenant-a'");
    expect(await broken()).toEqual([['tenant-a', 6, 'cut-off']]);
    await raw("delete from audit_chains where chain = 'tenant-a'");
    await raw("delete from audit_entries where chain = 'tenant-a'");
    expect(await broken()).toEqual([['tenant-a', 1, 'cut-off']]);
  });

  it('finds a chain that was made anew, hashes, anchor, checkpoints, key and all', async () => {
    await disarm();
    await disarm('audit_checkpoints');
    const rows = (await raw(
      "select * from audit_entries where chain = 'tenant-a' order by seq",
    )) as unknown as ChainedRecord[];
    let previous = rows[1]!.hash;
    for (const row of rows.slice(2)) {
      const record = { ...row, seq: Number(row.seq), at: Number(row.at), actor: 'somebody else' };
      previous = recordHash(previous, record);
      await raw(
        `update audit_entries set actor = 'somebody else', hash = '${previous}' where chain = 'tenant-a' and seq = ${row.seq}`,
      );
    }
    await raw(`update audit_chains set hash = '${previous}' where chain = 'tenant-a'`);
    expect(await broken()).toEqual([['tenant-a', 6, 'rewritten']]);

    // A checkpoint of the new chain: with a made-up signature, and with a key that was slipped in.
    const head = (await raw("select hash from audit_entries where chain = 'tenant-a' and seq = 6"))[0]![
      'hash'
    ] as string;
    await raw("delete from audit_checkpoints where chain = 'tenant-a'");
    const own = instance.control.signer.keyId;
    const insert = (key: string, signature: string) =>
      raw(`insert into audit_checkpoints values ('tenant-a', 6, '${head}', 5, 1, '${key}', '${signature}')`);
    await insert(own, 'AAAA');
    expect(await broken({ file: false })).toEqual([['tenant-a', 6, 'forged-checkpoint']]);
    await raw("delete from audit_checkpoints where chain = 'tenant-a'");
    const thief = openKeyFile(`${instance.dataDir}/thief`, countedBytes('thief'));
    const id = keyIdOf(thief.publicKey);
    await insert(id, signText(thief.privateKey, 'audit-checkpoint', exactList(['tenant-a', 6, head, 5, 1, id])));
    expect(await broken({ file: false })).toEqual([['tenant-a', 6, 'unknown-key']]);
    await raw(`insert into signing_keys values ('${id}', '${thief.publicKey}', 5)`);
    // The database alone is convincing now; the file is not, nor is anybody who has the instance's public key.
    expect(await broken({ file: false })).toEqual([]);
    expect(await broken()).toEqual([['tenant-a', 6, 'rewritten']]);
    const { publicKey } = instance.control.signer;
    expect(await broken({ file: false, keys: new Map([[own, publicKey]]) })).toEqual([['tenant-a', 6, 'unknown-key']]);
    expect(await instance.control.audit.verify('tenant-a')).toMatchObject({ ok: false });
  });

  it('finds a forged line of the file, and is not disturbed by half of one', async () => {
    const path = checkpointFilePath(instance.dataDir);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, `${text}{"chain":"tenant-a","se`);
    expect(await broken()).toEqual([]);
    writeFileSync(path, text.replace('"kept":1', '"kept":2'));
    expect((await broken()).map(([, , code]) => code)).toContain('forged-checkpoint');
  });

  it('does not sign what was changed', async () => {
    await disarm();
    await raw("update audit_entries set target = 'x' where chain = 'tenant-a' and seq = 8");
    await instance.control.audit.checkpoint();
    const signed = await raw("select max(seq) as seq from audit_checkpoints where chain = 'tenant-a'");
    expect(Number(signed[0]!['seq'])).toBe(6);
    expect(await broken()).toEqual([['tenant-a', 8, 'changed']]);
  });
});

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type ControlInstance, openControlInstance } from '../testkit/index.ts';
import { ChainCheck, type ChainedRecord, chainHash, GENESIS } from './chain.ts';
import type { AuditEntry } from './log.ts';

let instance: ControlInstance;
afterEach(() => instance?.close());

const entry = (target: string, action = 'test', remote = '192.0.2.1'): AuditEntry => ({
  actor: { name: 'someone@a.example', tenant: 'tenant-a', remote },
  action,
  target,
  outcome: 'denied',
});

function chain(length: number): ChainedRecord[] {
  const rows: ChainedRecord[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const record = {
      seq,
      at: 1_795_219_200_000 + seq,
      actor: `actor ${seq % 3}`,
      tenant: seq % 4 === 0 ? null : `tenant-${seq % 2}`,
      action: 'key.create',
      target: `k_${seq}`,
      outcome: 'ok' as const,
      detail: JSON.stringify({ n: seq }),
    };
    rows.push({ ...record, hash: chainHash(rows.at(-1)?.hash ?? GENESIS, record) });
  }
  return rows;
}

function finding(rows: readonly ChainedRecord[], last: ChainedRecord) {
  const check = new ChainCheck([{ head: last, where: 'given' }]);
  for (const row of rows) check.take(row);
  check.end();
  return check.broken;
}

describe('the chain', () => {
  const rows = chain(40);
  const last = rows.at(-1)!;

  it('is whole when nobody touched it', () => expect(finding(rows, last)).toBeNull());

  it('shows any changed field', () => {
    const fields = ['at', 'actor', 'tenant', 'action', 'target', 'outcome', 'detail', 'hash', 'seq'] as const;
    fc.assert(
      fc.property(fc.nat(rows.length - 1), fc.constantFrom(...fields), (index, field) => {
        const copy = rows.map((row) => ({ ...row }));
        const row = copy[index]!;
        copy[index] = { ...row, [field]: typeof row[field] === 'number' ? row[field] + 1 : `${row[field]}x` };
        const found = finding(copy, last);
        // A changed hash of the last row is known by the head; the others by the next row.
        expect(found?.seq).toBeGreaterThanOrEqual(index);
        expect(found?.seq).toBeLessThanOrEqual(index + 2);
      }),
      { numRuns: 400 },
    );
  });

  it('shows removed, doubled and exchanged rows, and a cut-off end', () => {
    fc.assert(
      fc.property(fc.nat(rows.length - 1), fc.nat(rows.length - 1), (i, j) => {
        expect(finding(rows.toSpliced(i, 1), last)).not.toBeNull();
        expect(finding(rows.toSpliced(i, 0, rows[j]!), last)).not.toBeNull();
        expect(finding(rows.slice(0, i), last)).not.toBeNull();
        if (i !== j) expect(finding(rows.with(i, rows[j]!).with(j, rows[i]!), last)).not.toBeNull();
      }),
    );
  });

  it('shows a log rewritten from some row on, hashes and all', () => {
    const forged = rows.slice(0, 10);
    for (const row of rows.slice(10)) {
      const record = { ...row, target: 'something else' };
      forged.push({ ...record, hash: chainHash(forged.at(-1)!.hash, record) });
    }
    expect(finding(forged, rows[25]!)?.reason).toMatch(/rewritten/);
  });
});

describe('the log', () => {
  const raw = (sql: string) => instance.database.raw(sql);
  /** Takes away what keeps the log from being changed, as an owner of the database can. */
  const disarm = (verb: 'update' | 'delete') =>
    raw(`drop trigger audit_no_${verb}${instance.database.name === 'postgres' ? ' on audit' : ''}`);

  it('verifies over pages, and against a head noted down earlier', { timeout: 120_000 }, async () => {
    instance = await openControlInstance();
    for (let i = 0; i < 1_050; i++) await instance.control.audit.append(entry(`t${i}`));
    const early = await instance.control.audit.verify();
    expect(early).toMatchObject({ ok: true, rows: 1_051, head: { seq: 1_051 } });
    await instance.control.audit.append(entry('more'));
    expect(await instance.control.audit.verify(early.head)).toMatchObject({ ok: true, rows: 1_052 });
    expect(await instance.control.audit.verify({ ...early.head, hash: 'f'.repeat(64) })).toMatchObject({
      ok: false,
      broken: { seq: 1_051 },
    });
  });

  it('cannot be changed or shortened through the database', async () => {
    instance = await openControlInstance();
    await expect(raw("update audit set actor = 'x'")).rejects.toThrow(/append-only/);
    await expect(raw('delete from audit')).rejects.toThrow(/append-only/);
    if (instance.database.name === 'postgres') await expect(raw('truncate audit')).rejects.toThrow(/append-only/);
  });

  it('finds what somebody changed who took the triggers away', async () => {
    instance = await openControlInstance();
    for (let i = 0; i < 5; i++) await instance.control.audit.append(entry(`t${i}`));
    await disarm('update');
    await raw("update audit set target = 'innocent' where seq = 3");
    expect(await instance.control.audit.verify()).toMatchObject({ ok: false, broken: { seq: 3 } });
  });

  it('finds a cut-off end, even of the anchor', async () => {
    instance = await openControlInstance();
    for (let i = 0; i < 5; i++) await instance.control.audit.append(entry(`t${i}`));
    await disarm('delete');
    await raw('delete from audit where seq > 4');
    expect(await instance.control.audit.verify()).toMatchObject({ ok: false, broken: { seq: 5 } });
    await raw('update audit_head set seq = 4, hash = (select hash from audit where seq = 4)');
    expect((await instance.control.audit.verify()).broken).toEqual({
      seq: 5,
      code: 'cut-off',
      values: { witness: 'program', row: 6 },
      reason: 'the end was cut off: the running program remembers row 6',
    });
  });

  it('folds a flood of the same denial and cleans foreign text', async () => {
    instance = await openControlInstance();
    for (let i = 0; i < 500; i++) instance.control.audit.denied(entry('same\nlevel=error forged\u0007'));
    instance.control.audit.denied(entry('other'));
    await instance.reopen();
    const rows = await instance.control.audit.page({ tenant: 'tenant-a', before: undefined, limit: 10 });
    expect(rows.map((row) => [row.target, JSON.parse(row.detail).repeated])).toEqual([
      ['same\uFFFDlevel=error forged\uFFFD', 499],
      ['other', undefined],
      ['same\uFFFDlevel=error forged\uFFFD', undefined],
    ]);
  });

  it('stays small under a flood of different denials, and says how many it left out', async () => {
    instance = await openControlInstance();
    for (let i = 0; i < 10_000; i++) instance.control.audit.denied(entry(`t${i}`));
    await instance.reopen();
    const rows = await instance.control.audit.page({ tenant: undefined, before: undefined, limit: 5_000 });
    expect(rows.length).toBeLessThan(3_000);
    const counted = rows
      .filter((row) => row.action !== 'bootstrap')
      .reduce((sum, row) => sum + (JSON.parse(row.detail).repeated ?? 1), 0);
    expect(counted).toBe(10_000);
    expect(await instance.control.audit.verify()).toMatchObject({ ok: true });
  });

  it('counts what did not fit for each tenant by itself', async () => {
    instance = await openControlInstance();
    const of = (tenant: string, target: string): AuditEntry => {
      const { actor, ...rest } = entry(target);
      return { ...rest, actor: { ...actor, tenant } };
    };
    // More kinds than are told apart; then a little of another tenant.
    for (let i = 0; i < 3_000; i++) instance.control.audit.denied(of('tenant-a', `t${i}`));
    for (let i = 0; i < 7; i++) instance.control.audit.denied(of('tenant-b', `b${i}`));
    await instance.reopen();
    const counts = async (tenant: string) => {
      const rows = await instance.control.audit.page({ tenant, before: undefined, limit: 5_000 });
      return rows.map((row) => JSON.parse(row.detail).repeated).filter((repeated) => repeated !== undefined);
    };
    expect(await counts('tenant-b')).toEqual([7]);
    expect(await counts('tenant-a')).toEqual([3_000 - 2_048]);
  });

  it('numbers the rows of a tenant by themselves, so that gaps do not count what others do', async () => {
    instance = await openControlInstance();
    const { audit } = instance.control;
    const append = (tenant: string | null, target: string) =>
      audit.append({ ...entry(target), actor: { name: 'x', tenant, remote: '' } });
    for (let i = 1; i <= 7; i++) {
      await append('tenant-a', `a${i}`);
      for (let n = 0; n < i; n++) await append(n % 2 ? null : 'tenant-b', 'of others');
    }
    const page = async (before: number | undefined, limit: number) =>
      (await audit.page({ tenant: 'tenant-a', before, limit })).map(({ seq, target }) => [seq, target]);
    expect(await page(undefined, 3)).toEqual([
      [7, 'a7'],
      [6, 'a6'],
      [5, 'a5'],
    ]);
    await append('tenant-a', 'meanwhile');
    expect(await page(5, 3)).toEqual([
      [4, 'a4'],
      [3, 'a3'],
      [2, 'a2'],
    ]);
    expect(await page(2, 3)).toEqual([[1, 'a1']]);
    expect(await page(1, 3)).toEqual([]);
    expect(await page(1_000, 1)).toEqual([[8, 'meanwhile']]);
    // An operator of the whole reads the numbers of the chain.
    const all = await audit.page({ tenant: undefined, before: undefined, limit: 100 });
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => all.length - index));
  });

  it('keeps change and row together: a failed change leaves no row, a failed row no change', async () => {
    instance = await openControlInstance();
    const { audit } = instance.control;
    const before = await audit.verify();
    await expect(
      audit.change(async (transaction) => {
        await transaction.updateTable('tenants').set({ name: 'half' }).execute();
        throw new Error('stop');
      }),
    ).rejects.toThrow('stop');
    await raw(
      instance.database.name === 'postgres'
        ? `create function no_room() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
           create trigger no_room before insert on audit for each row execute function no_room()`
        : "create trigger no_room before insert on audit begin select raise(abort, 'disk full'); end",
    );
    await expect(
      audit.change(async (transaction) => {
        await transaction.updateTable('tenants').set({ name: 'half' }).execute();
        return { result: 1, entry: entry('x'), access: [] };
      }),
    ).rejects.toThrow('disk full');
    await raw(`drop trigger no_room${instance.database.name === 'postgres' ? ' on audit' : ''}`);
    expect(await audit.verify()).toEqual(before);
    expect(await raw("select 1 from tenants where name = 'half'")).toEqual([]);
  });
});

it('does not fold denials of different things into one row', async () => {
  instance = await openControlInstance();
  for (const claimed of ['tenant-b', 'tenant-b', 'tenant-c'])
    instance.control.audit.denied({
      ...entry('x-business-id', 'ingest'),
      detail: { code: 'edge.tenant-mismatch', claimed },
    });
  await instance.reopen();
  const rows = await instance.control.audit.page({ tenant: 'tenant-a', before: undefined, limit: 10 });
  const told = rows.map(({ detail }) => JSON.parse(detail)).map(({ claimed, repeated }) => [claimed, repeated]);
  expect(told.sort()).toEqual([
    ['tenant-b', undefined],
    ['tenant-b', 1],
    ['tenant-c', undefined],
  ]);
});

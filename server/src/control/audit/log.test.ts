import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type ControlInstance, openControlInstance } from '../testkit/index.ts';
import type { AuditEntry } from './log.ts';
import type { AuditFilter } from './search.ts';

let instance: ControlInstance;
afterEach(() => instance?.close());

const entry = (target: string, action = 'test', remote = '192.0.2.1'): AuditEntry => ({
  actor: { name: 'someone@a.example', tenant: 'tenant-a', remote },
  action,
  target,
  outcome: 'denied',
});

describe('the log', () => {
  const raw = (sql: string) => instance.database.raw(sql);

  it('verifies over pages, and against a head noted down earlier', { timeout: 120_000 }, async () => {
    instance = await openControlInstance();
    const { audit } = instance.control;
    for (let i = 0; i < 1_050; i++) await audit.append(entry(`t${i}`));
    const early = await audit.verify('tenant-a');
    expect(early).toMatchObject({ ok: true, rows: 1_050, head: { seq: 1_050 } });
    await audit.append(entry('more'));
    expect(await audit.verify('tenant-a', early.head)).toMatchObject({ ok: true, rows: 1_051 });
    expect(await audit.verify('tenant-a', { ...early.head, hash: 'f'.repeat(64) })).toMatchObject({
      ok: false,
      broken: { seq: 1_050, code: 'rewritten', values: { witness: 'given' } },
    });
  });

  it('cannot be changed or shortened through the database', async () => {
    instance = await openControlInstance();
    await instance.control.audit.checkpoint();
    for (const table of ['audit_entries', 'audit_checkpoints', 'signing_keys']) {
      await expect(raw(`delete from ${table}`), table).rejects.toThrow(/append-only/);
      const column = { audit_entries: 'actor', audit_checkpoints: 'hash', signing_keys: 'public_key' }[table];
      await expect(raw(`update ${table} set ${column} = 'x'`), table).rejects.toThrow(/append-only/);
      if (instance.database.name === 'postgres')
        await expect(raw(`truncate ${table}`), table).rejects.toThrow(/append-only/);
    }
  });

  it('puts an act in the chain of the tenant it concerns, and what operators do in theirs too', async () => {
    instance = await openControlInstance();
    const { audit } = instance.control;
    const by = (name: string, tenant: string | null, operator: boolean) => ({
      name,
      tenant,
      remote: '192.0.2.1',
      operator,
    });
    const done = { target: 't', outcome: 'ok' } as const;
    await audit.append({ ...done, actor: by('admin@a', 'tenant-a', false), action: 'own' });
    await audit.append({
      ...done,
      actor: by('op@x', null, true),
      action: 'to-a',
      tenant: 'tenant-a',
      reason: 'ticket 7',
    });
    await audit.append({ ...done, actor: by('op@x', 'tenant-b', true), action: 'to-b' });
    await audit.append({ ...done, actor: by('op@x', null, true), action: 'instance' });
    const told = async (tenant: string | undefined) =>
      (await audit.page({ tenant, before: undefined, limit: 4 })).map((row) => [row.seq, row.action, row.tenant]);
    expect(await told('tenant-a')).toEqual([
      [2, 'to-a', 'tenant-a'],
      [1, 'own', 'tenant-a'],
    ]);
    expect(await told('tenant-b')).toEqual([[1, 'to-b', 'tenant-b']]);
    expect((await told(undefined)).slice(0, 3)).toEqual([
      [5, 'instance', null],
      [4, 'to-b', 'tenant-b'],
      [3, 'to-a', 'tenant-a'],
    ]);
    const [newest] = await audit.page({ tenant: 'tenant-a', before: undefined, limit: 1 });
    expect(newest).toMatchObject({ actor: 'op@x', remote: '192.0.2.1', reason: 'ticket 7' });
    expect(JSON.parse(newest!.detail)).toEqual({ byOperator: true });
  });

  it('keeps before and after, and no secret in them', async () => {
    instance = await openControlInstance();
    const { audit } = instance.control;
    await audit.append({
      ...entry('u_1'),
      before: { role: 'member', password_hash: 'scrypt$15$8$3$abc' },
      after: { role: 'admin', password_hash: 'scrypt$15$8$3$def' },
      detail: { token: 'hs_secret' },
    });
    const [row] = await audit.page({ tenant: 'tenant-a', before: undefined, limit: 1 });
    expect([row!.before, row!.after, row!.detail].map((text) => JSON.parse(text!))).toEqual([
      { role: 'member', password_hash: '***' },
      { role: 'admin', password_hash: '***' },
      { token: '***' },
    ]);
    expect(await instance.database.everything()).not.toContain('scrypt$15$8$3$abc');
  });

  it('finds by action, actor, target, outcome, time and words, page by page', async () => {
    instance = await openControlInstance();
    const { audit } = instance.control;
    for (let i = 0; i < 30; i++) {
      await audit.append({
        ...entry(`사람 ${i}_%`, i % 3 === 0 ? 'user.create' : 'key.create'),
        outcome: i % 2 ? 'ok' : 'failed',
        after: { email: `Person${i}@a.example`, note: '줄\n바꿈' },
      });
      instance.clock.advance(1_000);
    }
    const start = instance.clock.now() - 30_000;
    const find = async (filter: AuditFilter) =>
      (await audit.search({ chain: 'tenant-a', before: undefined, limit: 100, filter })).rows.map(({ seq }) => seq - 1);
    expect(await find({ action: 'user.' })).toEqual([27, 24, 21, 18, 15, 12, 9, 6, 3, 0]);
    expect(await find({ action: 'user.', outcome: 'ok' })).toEqual([27, 21, 15, 9, 3]);
    expect(await find({ action: 'ser.' })).toEqual([]);
    expect(await find({ actor: 'SOMEONE' })).toHaveLength(30);
    expect(await find({ actor: 'nobody' })).toEqual([]);
    expect(await find({ target: '사람 7_%' })).toEqual([7]);
    expect(await find({ target: '사람%7' })).toEqual([]);
    expect(await find({ text: 'person12@A.example user' })).toEqual([12]);
    expect(await find({ text: '줄' })).toHaveLength(30);
    expect(await find({ from: start + 5_000, to: start + 7_000 })).toEqual([7, 6, 5]);
    const pages: number[][] = [];
    for (let before: number | undefined; ; ) {
      const found = await audit.search({ chain: 'tenant-a', before, limit: 4, filter: { action: 'user.' } });
      pages.push(found.rows.map(({ seq }) => seq - 1));
      if (found.next === null) break;
      before = found.next;
    }
    expect(pages.flat()).toEqual([27, 24, 21, 18, 15, 12, 9, 6, 3, 0]);
  });

  it('waits for the entries of its own chain alone', async () => {
    instance = await openControlInstance();
    if (instance.database.name === 'sqlite') return;
    const other = await instance.another();
    await instance.control.audit.append(entry('first'));
    const order: string[] = [];
    const held = Promise.withResolvers<void>();
    const changing = instance.control.audit.change(async (transaction) => {
      await transaction.selectFrom('audit_chains').selectAll().where('chain', '=', 'tenant-a').forUpdate().execute();
      await held.promise;
      order.push('released');
      return { result: undefined, entry: entry('slow'), access: [] };
    });
    await pause(50);
    const same = other.audit.append(entry('same chain')).then(() => order.push('same chain'));
    await other.audit.append({ ...entry('another chain'), tenant: 'tenant-b' }).then(() => order.push('another chain'));
    held.resolve();
    await Promise.all([changing, same]);
    expect(order).toEqual(['another chain', 'released', 'same chain']);
    await other.close();
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
    const own = await instance.control.audit.page({ tenant: 'tenant-a', before: undefined, limit: 5_000 });
    const rows = own.concat(
      (await instance.control.audit.page({ tenant: undefined, before: undefined, limit: 5_000 })).filter(
        (row) => row.action === 'audit.overflow',
      ),
    );
    expect(rows.length).toBeLessThan(3_000);
    const counted = rows.reduce((sum, row) => sum + (JSON.parse(row.detail).repeated ?? 1), 0);
    expect(counted).toBe(10_000);
    expect(await instance.control.audit.verify('tenant-a')).toMatchObject({ ok: true });
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
           create trigger no_room before insert on audit_entries for each row execute function no_room()`
        : "create trigger no_room before insert on audit_entries begin select raise(abort, 'disk full'); end",
    );
    await expect(
      audit.change(async (transaction) => {
        await transaction.updateTable('tenants').set({ name: 'half' }).execute();
        return { result: 1, entry: entry('x'), access: [] };
      }),
    ).rejects.toThrow('disk full');
    await raw(`drop trigger no_room${instance.database.name === 'postgres' ? ' on audit_entries' : ''}`);
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

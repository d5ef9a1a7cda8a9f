import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { type ControlInstance, openControlInstance } from '../testkit/index.ts';
import { checkpointFilePath } from './checkpoint-file.ts';
import { verifyExport } from './export.ts';
import type { AuditEntry } from './log.ts';

let instance: ControlInstance;
afterEach(() => instance?.close());

const DAY = 86_400_000;
const entry = (target: string): AuditEntry => ({
  actor: { name: 'someone@a.example', tenant: 'tenant-a', remote: '' },
  action: 'test',
  target,
  outcome: 'ok',
  after: { 이름: '한글 "따옴표"' },
});

async function openAged(): Promise<void> {
  instance = await openControlInstance({ config: { auditDays: 10 } });
  const { audit } = instance.control;
  for (let day = 0; day < 15; day++) {
    for (let i = 0; i < 3; i++) await audit.append(entry(`${day} ${i}`));
    if (day % 2 === 0) await audit.checkpoint();
    instance.clock.advance(DAY);
  }
}

it('removes what is older than it is kept, up to a checkpoint, and the rest is whole', async () => {
  await openAged();
  const { audit } = instance.control;
  await audit.checkpoint();
  const rows = await audit.page({ tenant: 'tenant-a', before: undefined, limit: 100 });
  // Day 5 is ten days old; the newest checkpoint before it ends day 4.
  expect(rows.at(-1)).toMatchObject({ seq: 16, target: '5 0' });
  expect(rows[0]).toMatchObject({ seq: 45 });
  expect(await audit.verify('tenant-a')).toMatchObject({ ok: true, rows: 30 });
  expect(await audit.search({ chain: 'tenant-a', before: 16, limit: 5 })).toEqual({ rows: [], next: null });
  // Entries that retention did not remove are still missed.
  const on = instance.database.name === 'postgres' ? ' on audit_entries' : '';
  await instance.database.raw(`drop trigger audit_entries_no_delete${on}`);
  await instance.database.raw("delete from audit_entries where chain = 'tenant-a' and seq < 20");
  await instance.database.raw("update audit_chains set first_seq = 20 where chain = 'tenant-a'");
  expect(await audit.verify('tenant-a')).toMatchObject({ ok: false, broken: { code: 'missing', seq: 16 } });
});

it('removes all of a chain in which nothing happens any more, and goes on where it ended', async () => {
  await openAged();
  const { audit } = instance.control;
  instance.clock.advance(30 * DAY);
  await audit.checkpoint();
  expect(await audit.verify('tenant-a')).toMatchObject({ ok: true, rows: 0, head: { seq: 45 } });
  await audit.append(entry('again'));
  await instance.reopen();
  expect(await instance.control.audit.verify('tenant-a')).toMatchObject({ ok: true, rows: 1, head: { seq: 46 } });
  // The file does not grow for ever.
  expect(readFileSync(checkpointFilePath(instance.dataDir), 'utf8').split('\n').length).toBeLessThan(10);
});

it('exports a chain that can be verified by itself, and shows whatever was done to the export', async () => {
  await openAged();
  const { audit } = instance.control;
  await audit.checkpoint();
  let text = '';
  for await (const lines of audit.export('tenant-a')) text += lines;
  const lines = text.trimEnd().split('\n');
  const check = (of: readonly string[], trusted?: ReadonlyMap<string, string>) =>
    verifyExport(async function* () {
      yield* of;
    }, trusted);
  const { signer } = instance.control;
  expect(await check(lines, new Map([[signer.keyId, signer.publicKey]]))).toMatchObject({
    ok: true,
    chain: 'tenant-a',
    rows: 30,
    head: { seq: 45 },
  });
  expect(await check(lines)).toMatchObject({ ok: true });
  expect(await check(lines, new Map())).toMatchObject({ broken: { code: 'unknown-key' } });
  const at = lines.findIndex((line) => line.startsWith('{"seq":20,'));
  expect(await check(lines.toSpliced(at, 1))).toMatchObject({ broken: { seq: 20, code: 'missing' } });
  expect(await check(lines.with(at, lines[at]!.replace('someone', 'nobody')))).toMatchObject({
    broken: { seq: 20, code: 'changed' },
  });
  expect(await check(lines.slice(0, -1))).toMatchObject({ broken: { code: 'cut-off' } });
  expect(await check(lines.filter((_, i) => i < at || i === lines.length - 1))).toMatchObject({ ok: false });
  expect(await check(['x'])).toMatchObject({ broken: { code: 'not-an-export' } });
});

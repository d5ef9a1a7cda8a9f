import { describe, expect, it } from 'vitest';
import type { AuditEntry } from './log.ts';
import { ReadLog, type ReadNote } from './reads.ts';

const MINUTE = 60_000;
const read = (asked: string, more: { action?: string; tenant?: string; name?: string } = {}): ReadNote => ({
  asked,
  entry: {
    actor: { name: more.name ?? 'operator@x.example', tenant: null, remote: '192.0.2.1' },
    action: more.action ?? 'read.logs',
    target: '/api/v1/logs/search',
    tenant: more.tenant ?? 'tenant-a',
    outcome: 'ok',
    detail: { asked },
  },
});

function open() {
  const rows: AuditEntry[] = [];
  let broken = false;
  const log = new ReadLog(async (entry) => {
    if (broken) throw new Error('disk full');
    rows.push(entry);
  });
  return { log, rows, details: () => rows.map(({ detail }) => detail), breakIt: (on: boolean) => (broken = on) };
}

describe('ReadLog', () => {
  it('tells once a quarter of an hour, per person, tenant and kind', async () => {
    const { log, rows } = open();
    for (let minute = 0; minute < 15; minute++) await log.note(read('a'), minute * MINUTE);
    expect(rows).toHaveLength(1);
    await log.note(read('a', { tenant: 'tenant-b' }), 0);
    await log.note(read('a', { name: 'other@x.example' }), 0);
    await log.note(read('a', { action: 'read.traces' }), 0);
    expect(rows).toHaveLength(4);
  });

  it('closes a window with how much and what else was read, and opens the next', async () => {
    const { log, details } = open();
    for (const asked of ['harmless', 'card 4711', 'card 4711', 'harmless', 'salary']) await log.note(read(asked), 0);
    await log.note(read('later'), 15 * MINUTE);
    expect(details()).toEqual([
      { asked: 'harmless' },
      { since: '1970-01-01T00:00:00.000Z', repeated: 4, asked: ['card 4711', 'salary'] },
      { asked: 'later' },
    ]);
    await log.flush(40 * MINUTE);
    expect(details()).toHaveLength(3);
    await log.note(read('x'), 40 * MINUTE);
    await log.note(read('y'), 40 * MINUTE);
    await log.flush(Number.POSITIVE_INFINITY);
    expect(details().at(-1)).toMatchObject({ repeated: 1, asked: ['y'] });
  });

  it('keeps what was asked bounded', async () => {
    const { log, details } = open();
    for (let n = 0; n < 1_000; n++) await log.note(read(`q${n}`), 0);
    await log.flush(Number.POSITIVE_INFINITY);
    expect(details().at(-1)).toMatchObject({ repeated: 999, asked: { length: 20 } });
    const many = open();
    for (let n = 0; n < 5_000; n++) {
      await many.log.note(read('a', { tenant: `t${n}` }), 0);
      await many.log.note(read('b', { tenant: `t${n}` }), 0);
    }
    // Closed early, and told of.
    expect(many.rows.filter(({ detail }) => detail?.['repeated'] === 1).length).toBe(5_000 - 2_048);
  });

  it('lets nothing be read that it could not tell of, also by those who came meanwhile', async () => {
    const { log, rows, breakIt } = open();
    breakIt(true);
    const both = await Promise.allSettled([log.note(read('a'), 0), log.note(read('b'), 0)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    breakIt(false);
    await log.note(read('a'), 1);
    expect(rows).toHaveLength(1);
  });
});
